"""Styles of a Word file: which make a heading, a list, or words that stand out."""

from collections.abc import Iterator
from typing import Any

from knowledge.loaders.wordlists import Numbering
from knowledge.loaders.wordtext import W, flag, number, value

DEEPEST = 20
"""How many styles may be made from one another."""


class Styles:
    """What the styles say, those that they are made from included."""

    def __init__(self, root: Any, numbering: Any) -> None:
        """Take the roots of `styles.xml` and `numbering.xml`, None where there is none."""
        found = root.iter(f"{W}style") if root is not None else ()
        self._styles = {style.get(f"{W}styleId"): style for style in found}
        self._numbering = Numbering(numbering, lambda style: value(self._styles.get(style), "pPr/numPr/numId"))

    def name(self, paragraph: Any) -> str:
        """Return the name of a paragraph's style in lower case; of one made from a heading, that heading's."""
        names = [(value(style, "name") or "").lower() for style in self._chain(paragraph)]
        heading = next((name for name in names if name.startswith("heading ")), None)
        if names and not names[0].startswith(("title", "list ", "toc")) and heading:
            return heading
        return names[0] if names else ""

    def level(self, paragraph: Any) -> int:
        """Return the level of a heading, 0 for any other paragraph."""
        name = self.name(paragraph)
        if name == "title":
            return 1
        digits = name.removeprefix("heading ")
        if digits != name and digits.isdigit():
            return min(6, int(digits))
        # In other languages, and in files of other programs, only the outline tells a heading.
        levels = (value(source, "pPr/outlineLvl") for source in (paragraph, *self._chain(paragraph)))
        outline = next((level for level in levels if level is not None), None)
        return min(6, number(outline) + 1) if outline is not None and number(outline, 9) < 9 else 0

    def label(self, paragraph: Any) -> str:
        """Count a paragraph, and return the number or the bullet before it; empty for none."""
        identifier, depth = value(paragraph, "pPr/numPr/numId"), value(paragraph, "pPr/numPr/ilvl")
        for style in self._chain(paragraph):
            identifier = identifier if identifier is not None else value(style, "pPr/numPr/numId")
            depth = depth if depth is not None else value(style, "pPr/numPr/ilvl")
        if identifier is None or identifier == "0":
            return ""
        return self._numbering.label(identifier, number(depth))

    def heads(self, table: Any) -> bool:
        """Tell whether a table's style makes its first row a head."""
        look = table.find(f"{W}tblPr/{W}tblLook")
        style = value(table, "tblPr/tblStyle")
        if look is None or style is None:
            return False
        asked = look.get(f"{W}firstRow")
        if asked is None:
            asked = str(int(look.get(f"{W}val") or "0", 16) >> 5 & 1)
        firsts = (
            part
            for made in self._from(style)
            for part in made.iter(f"{W}tblStylePr")
            if part.get(f"{W}type") == "firstRow"
        )
        return asked in ("1", "true", "on") and next(firsts, None) is not None

    def bold(self, paragraph: Any) -> bool:
        """Tell whether all words of a paragraph are bold."""
        runs = [run for run in paragraph.iter(f"{W}r") if run.find(f"{W}t") is not None]
        styled = any(flag(style.find(f"{W}rPr"), "b") for style in self._chain(paragraph))
        return bool(runs) and (styled or all(flag(run.find(f"{W}rPr"), "b") for run in runs))

    def _chain(self, paragraph: Any) -> Iterator[Any]:
        """Yield the style of a paragraph, and those that it is made from."""
        return self._from(value(paragraph, "pPr/pStyle"))

    def _from(self, identifier: str | None) -> Iterator[Any]:
        for _ in range(DEEPEST):
            style = self._styles.get(identifier) if identifier else None
            if style is None:
                return
            yield style
            identifier = value(style, "basedOn")

"""A text in the making: headings, pages and paragraphs are put one after another, and the sections kept count of."""

import re
from collections.abc import Iterator, Sequence

from knowledge.documents import Anchor, Box, Content, Location, Section

_FLOWS = re.compile(r"[a-z,;][a-z(]")
"""The last character of a line and the first of the next in the midst of a sentence."""


class Draft:
    """Collects the text of a file whose format is not itself plain text."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._sections: list[Section] = []
        self._headings: list[tuple[int, str]] = []
        self._place = Location()
        self._anchors: list[Anchor] = []
        self._begun = (0, 0)
        self._listing = False

    def place(self, place: Location) -> None:
        """Begin a page, a slide, a sheet or a part."""
        self._finish()
        self._place = place
        self._begun = (self._length, self._length)

    def heading(self, level: int, text: str) -> None:
        """Begin a section under a heading of a level from 1 to 6."""
        text = " ".join(text.split())
        if not text:
            return
        self._finish()
        self._headings = [*((above, name) for above, name in self._headings if above < level), (level, text)]
        start = self._put(text, "\n\n")
        self._begun = (start, self._length)

    def close(self, level: int) -> None:
        """End the section under a heading of this level, or of one below, without beginning another."""
        self._finish()
        self._headings = [(above, name) for above, name in self._headings if above < level]

    def paragraph(self, text: str, *, item: bool | str = False) -> None:
        """Add a paragraph, or an item of a list, with its number where that is given as `item`."""
        text = text.strip("\n").rstrip()
        if not text.strip():
            return
        mark = item if isinstance(item, str) else "-"
        self._put(f"{mark} {text.lstrip()}" if item else text, "\n" if item and self._listing else "\n\n")
        self._listing = bool(item)

    def lines(self, lines: Sequence[tuple[str, Box]] | Sequence[tuple[str, int]], *, flowing: bool = False) -> None:
        """Add a paragraph of lines, each with its box on the page or its row in the sheet.

        Where it is flowing text, lines that only break because the page ends are joined.
        """
        kept = [(line.rstrip(), where) for line, where in lines if line.strip()]
        if not kept:
            return
        gaps = [*(_gaps(kept) if flowing else "\n" * (len(kept) - 1)), ""]
        at = self._put("".join(line + gap for (line, _), gap in zip(kept, gaps, strict=True)), "\n\n")
        for line, where in kept:
            row = where if isinstance(where, int) else None
            self._anchors.append(Anchor(at, at + len(line), None if isinstance(where, int) else where, row))
            at += len(line) + 1

    def content(self, title: str | None, notes: Sequence[str] = ()) -> Content:
        """Return what was collected."""
        self._finish()
        return Content("".join(self._parts), tuple(self._sections), title, tuple(self._anchors), tuple(notes))

    def _put(self, text: str, gap: str) -> int:
        gap = gap if self._length else ""
        self._parts += [gap, text]
        self._length += len(gap) + len(text)
        self._listing = False
        return self._length - len(text)

    def _finish(self) -> None:
        heading_start, start = self._begun
        if self._length > start:
            names = tuple(name for _, name in self._headings)
            level = self._headings[-1][0] if self._headings else 0
            self._sections.append(Section(start, self._length, heading_start, names, level, self._place))
        self._begun = (self._length, self._length)


def _gaps(lines: Sequence[tuple[str, Box | int]]) -> Iterator[str]:
    """Yield what stands between lines: a space where a full line breaks in the midst of a sentence."""
    boxes = [None if isinstance(where, int) else where for _, where in lines]
    edge = max((box[2] for box in boxes if box), default=0.0)
    for (line, _), (following, _), box in zip(lines, lines[1:], boxes, strict=False):
        full = box is None or box[2] > edge - 0.15
        yield " " if full and _FLOWS.fullmatch(line[-1] + following[0]) else "\n"

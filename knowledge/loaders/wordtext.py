"""The words of a paragraph in a Word file, as they are shown."""

from collections.abc import Iterator
from typing import Any

from knowledge.loaders.equations import MATH, equation_text

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
"""What older programs show instead of what stands beside it."""
_UNSEEN = frozenset(
    {FALLBACK, *(f"{W}{name}" for name in ("del", "moveFrom", "txbxContent", "pPr", "rPr", "rt", "tblPr", "sectPr"))}
)
_SIGNS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-", f"{W}ptab": "\t"}


def words(element: Any) -> str:
    """Return the words of a paragraph: without what was deleted, is hidden, or stands in a box beside it."""
    found: list[str] = []
    for child in element:
        if child.tag in _UNSEEN or not isinstance(child.tag, str):
            continue
        if child.tag == f"{W}t":
            found.append(child.text or "")
        elif child.tag in _SIGNS:
            found.append(_SIGNS[child.tag])
        elif child.tag == f"{MATH}oMath":
            follows = child.getprevious() is not None and child.getprevious().tag == child.tag
            found.append(("; " if follows else "") + equation_text(child))
        elif child.tag == f"{W}checkBox":
            found.append(_box(child))
        elif not (child.tag == f"{W}r" and _hidden(child)):
            found.append(words(child))
    return "".join(found)


def blocks(parent: Any) -> Iterator[Any]:
    """Yield paragraphs and tables, those in content controls and insertions too."""
    for child in parent:
        if child.tag in (f"{W}p", f"{W}tbl"):
            yield child
        elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}customXml", f"{W}moveTo"):
            yield from blocks(child)


def flag(parent: Any, name: str) -> bool:
    """Tell whether an element has a property that is on."""
    found = parent.find(f"{W}{name}") if parent is not None else None
    return found is not None and found.get(f"{W}val", "1") not in ("0", "false", "off", "none")


def value(parent: Any, path: str) -> str | None:
    """Return the value of a property, given as its path of names; None where there is none."""
    found = parent.find("/".join(f"{W}{name}" for name in path.split("/"))) if parent is not None else None
    return None if found is None else found.get(f"{W}val")


def number(text: str | None, default: int = 0) -> int:
    """Return a whole number that an attribute holds."""
    return int(text) if text and text.lstrip("-").isdigit() else default


def _hidden(run: Any) -> bool:
    return flag(run.find(f"{W}rPr"), "vanish")


def _box(box: Any) -> str:
    """Return a box of an older form as a sign, which newer ones have as a letter."""
    ticked = flag(box, "checked") if box.find(f"{W}checked") is not None else flag(box, "default")
    return "☒" if ticked else "☐"

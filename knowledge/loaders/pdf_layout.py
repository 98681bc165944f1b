"""The layout of PDF pages: columns, running heads, paragraphs and headings, from lines alone. Pure functions.

All of it is careful: where the signs are weak, PDFium's own order and lines stay.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import median

from knowledge.documents import Box
from knowledge.loaders.pdf_lines import Cell, Line

EDGE = 0.12
"""The share of a page's height, at the top and at the bottom, in which running heads stand."""
LARGER = 1.15
"""How much larger than the text a heading's font is."""
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
_FOLIO = re.compile(r"\W*(?:(?:page|seite|página|pagina|p\.)\s*)?#(?:\s*(?:of|von|de|di|sur|/)\s*#)?\W*", re.IGNORECASE)

_Cells = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of a page and its size, in points or pixels."""

    lines: Sequence[Line]
    width: float
    height: float
    turn: int = 0
    """By how many degrees, clockwise, what is shown was turned to be read: 0, 90, 180 or 270."""

    def share(self, box: Box) -> Box:
        """Return a box as shares of the page as it is shown."""
        left, top, right, bottom = (
            round(min(1.0, max(0.0, length / whole)), 4)
            for length, whole in zip(box, (self.width, self.height) * 2, strict=True)
        )
        if self.turn == 90:
            left, top, right, bottom = top, 1 - right, bottom, 1 - left
        elif self.turn == 180:
            left, top, right, bottom = 1 - right, 1 - bottom, 1 - left, 1 - top
        elif self.turn == 270:
            left, top, right, bottom = 1 - bottom, left, 1 - top, right
        return round(left, 4), round(top, 4), round(right, 4), round(bottom, 4)


def arranged(pages: Sequence[Page]) -> list[Page]:
    """Return the pages with their rows whole, their columns in order and without what runs along their edges."""
    columned = [replace(page, lines=_in_columns(_joined(page.lines), page.width)) for page in pages]
    return _without_running([replace(page, lines=_from_the_top(page.lines)) for page in columned])


def paragraphs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Gather lines that stand close under one another."""
    steps = [b.box[1] - a.box[1] for a, b in pairwise(lines)]
    usual = median([step for step in steps if step > 0] or [0])
    paragraph: list[Line] = []
    for line in lines:
        if paragraph:
            last = paragraph[-1]
            step = line.box[1] - last.box[1]
            near = 0 < step <= max(1.5 * min(usual, 2 * line.size), 1.6 * line.size)
            if not near or not _alike(last, line):
                yield paragraph
                paragraph = []
        paragraph.append(line)
    if paragraph:
        yield paragraph


def _alike(one: Line, other: Line) -> bool:
    return max(one.size, other.size) < LARGER * min(one.size, other.size)


def _joined(lines: Sequence[Line]) -> list[Line]:
    """Join what PDFium took for two lines although it stands in one row."""
    joined: list[Line] = []
    for line in lines:
        if joined and _same_row(joined[-1], line):
            joined[-1] = replace(joined[-1], cells=(*joined[-1].cells, *line.cells))
        else:
            joined.append(line)
    return joined


def _same_row(one: Line, other: Line) -> bool:
    shared = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    least = min(one.box[3] - one.box[1], other.box[3] - other.box[1])
    return shared > 0.6 * least and other.box[0] >= one.box[2] and _alike(one, other)


def _from_the_top(lines: Sequence[Line]) -> list[Line]:
    """Put lines in their order on the page where none stands beside another; else leave theirs."""
    ordered = sorted(lines, key=lambda line: line.box[1])
    beside = any(b.box[1] < a.box[3] - 0.3 * (a.box[3] - a.box[1]) for a, b in pairwise(ordered))
    return list(lines) if beside else ordered


def _in_columns(lines: Sequence[Line], width: float) -> list[Line]:
    """Read left columns before right ones where PDFium read across both."""
    gutter = _gutter(lines, width)
    if gutter is None:
        return list(lines)
    found: list[Line] = []
    for beside, group in groupby(lines, key=lambda line: _sides(line, gutter) is not None):
        run = list(group)
        if not beside:
            found += run
            continue
        sides = [_sides(line, gutter) or ((), ()) for line in run]
        for side in (0, 1):
            found += [replace(line, cells=both[side]) for line, both in zip(run, sides, strict=True) if both[side]]
    return found


def _gutter(lines: Sequence[Line], width: float) -> float | None:
    """Return where the white space between two columns of prose stands, if most lines are cut by it."""
    gaps = [
        (a.box[2] + b.box[0]) / 2
        for line in lines
        for a, b in pairwise(line.cells)
        if 0.35 * width < a.box[2] < b.box[0] < 0.65 * width
    ]
    if len(gaps) < 10:
        return None
    gutter = median(gaps)
    sides = [_sides(line, gutter) for line in lines]
    both = [found for found in sides if found and all(found)]
    prose = [pair for pair in both if all(len(side) == 1 and len(side[0].text) >= 20 for side in pair)]
    reaching = [left for (left,), _ in prose if left.box[2] > 0.85 * gutter]
    return gutter if len(prose) >= max(10, 0.6 * len(lines)) and 2 * len(reaching) > len(prose) else None


def _sides(line: Line, gutter: float) -> tuple[_Cells, _Cells] | None:
    """Return the cells left and right of the gutter; nothing where one of them crosses it."""
    left = tuple(cell for cell in line.cells if cell.box[2] <= gutter)
    right = tuple(cell for cell in line.cells if cell.box[0] >= gutter)
    return (left, right) if len(left) + len(right) == len(line.cells) else None


def _without_running(pages: Sequence[Page]) -> list[Page]:
    """Leave out the numbers of pages, and of lines that run along many pages all but the first."""
    counted = Counter(key for page in pages for key in {_key(line, page) for line in page.lines})
    least = max(3, 0.4 * len(pages))
    running = {key for key, count in counted.items() if key is not None and count >= least}
    offset = _offset(pages)
    found: list[Page] = []
    seen: set[object] = set()
    for number, page in enumerate(pages):
        kept = []
        for line in page.lines:
            key = _key(line, page)
            runs = key is not None and (key in running or (offset is not None and number + offset in _ends(line.text)))
            if not runs or not (key in seen or _FOLIO.fullmatch(str(key and key[1]))):
                kept.append(line)
            seen.add(key)
        found.append(replace(page, lines=kept))
    return found


def _offset(pages: Sequence[Page]) -> int | None:
    """Return what is added to a page's place, counted from 0, to get the number printed at its edge."""
    counted = Counter(
        offset
        for number, page in enumerate(pages)
        for offset in {end - number for line in page.lines if _key(line, page) for end in _ends(line.text)}
    )
    best = counted.most_common(1)
    return best[0][0] if best and best[0][1] >= max(3, 0.5 * len(pages)) else None


def _ends(text: str) -> list[int]:
    """Return the numbers that a line begins and ends with."""
    return [int(number) for number in re.findall(r"^\d{1,4}\b|\b\d{1,4}$", text)]


def _key(line: Line, page: Page) -> tuple[bool, str] | None:
    """Name a line at an edge of its page so that it has the same name on all pages."""
    top, bottom = line.box[1] / page.height, line.box[3] / page.height
    if top > EDGE and bottom < 1 - EDGE:
        return None
    return top < 0.5, _NUMBER.sub("#", line.text)

"""Pictures beside the text of a PDF's page: what stands on them is read, too, and put where they stand."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from knowledge.documents import Box
from knowledge.errors import UnreadableFile
from knowledge.loaders import ocr
from knowledge.loaders.pdf_lines import Cell, Line, upright_boxes

_WORD = re.compile(r"[^\W\d_]{3}")
SECONDS = 15
"""How long the pictures beside the text of one file are read: they are worth less than scanned pages."""
LEAST = (72.0, 20.0)
"""The width and height in points below which a picture is an ornament."""
MOST = 0.7
"""The share of the page beyond which a picture lies behind a page's text, which a scanner wrote over it."""
SURE = 70
"""The confidence below which what is seen on a picture is no text."""
WRITTEN = 100
"""Characters of the text layer on a picture from which it is not read again."""


def with_pictures(page: Any, lines: Sequence[Line], clock: ocr.Clock) -> list[Line]:
    """Return the lines of a page with those on its pictures put in."""
    found = list(lines)
    boxes = list(_boxes(page)) if lines and ocr.installed() else []
    rendered = None
    for box in boxes:
        written = sum(len(line.text) for line in lines if _inside(line.box, box))
        if written > WRITTEN or clock.left() <= 0:
            continue
        rendered = rendered or page.render(scale=ocr.DPI / 72, grayscale=True).to_pil()
        more = _read(rendered, box, clock)
        if sum(len(line.text) for line in more) <= written:
            continue
        above = [i for i, line in enumerate(found) if line.box[3] <= box[1] + 2]
        at = max(above, key=lambda i: found[i].box[3]) + 1 if above else 0
        usual = median(line.size for line in lines)
        found[at:at] = [replace(line, size=usual) for line in more]
    return found


def _boxes(page: Any) -> Iterator[Box]:
    """Yield where pictures stand that may hold text, in points of the page as it is shown."""
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    if width * height * (ocr.DPI / 72) ** 2 > 25_000_000:
        return
    upright = upright_boxes(page)
    for image in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, top, right, bottom = upright(*image.get_bounds())
        box = max(left, 0.0), max(top, 0.0), min(right, width), min(bottom, height)
        across, down = box[2] - box[0], box[3] - box[1]
        if across >= LEAST[0] and down >= LEAST[1] and across * down <= MOST * width * height:
            yield box


def _inside(box: Box, picture: Box) -> bool:
    across, down = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return picture[0] < across < picture[2] and picture[1] < down < picture[3]


def _read(rendered: Any, box: Box, clock: ocr.Clock) -> list[Line]:
    """Return the lines on a part of a page, in points of the page."""
    scale = ocr.DPI / 72
    cut = [round(length * scale) for length in box]
    try:
        reading = ocr.read(rendered.crop(cut), clock, turned=False)
    except UnreadableFile:
        return []
    if reading is None or reading.confidence < SURE:
        return []
    return [
        replace(line, cells=tuple(Cell(cell.text, _placed(cell.box, cut, scale)) for cell in line.cells))
        for line in reading.page.lines
        if _WORD.search(line.text)
    ]


def _placed(box: Box, cut: Sequence[int], scale: float) -> Box:
    left, top, right, bottom = box
    return (left + cut[0]) / scale, (top + cut[1]) / scale, (right + cut[0]) / scale, (bottom + cut[1]) / scale

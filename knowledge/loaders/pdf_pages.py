"""The pages of a PDF as read: lines out of the text layer, and paragraphs out of pictures where there is none."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from knowledge.errors import UnreadableFile
from knowledge.loaders import ocr, pdf_pictures
from knowledge.loaders.pdf_layout import Page
from knowledge.loaders.pdf_lines import Line, read_lines

LOCK = threading.RLock()
"""PDFium may be used by one thread at a time."""
STAMP = 40
"""Characters up to which the text layer of a scan may hold no more than a stamp."""
PIXELS = 25_000_000
"""The most pixels of a page that is rendered to be read."""


@dataclass(slots=True)
class Pages:
    """What was read; pages are counted from 0."""

    pages: list[Page] = field(default_factory=list)
    textless: list[int] = field(default_factory=list)
    """Pages without a text layer that nobody could read."""
    late: list[int] = field(default_factory=list)
    """Those for which there was no time."""
    damaged: list[int] = field(default_factory=list)

    def notes(self) -> list[str]:
        """Say which pages were not read, and what to do."""
        return [
            f"{_named(numbers)} {problem}"
            for numbers, problem in (
                (self.textless, "without a text layer: install Tesseract"),
                (self.late, "could not be read in the time: split the file"),
                (self.damaged, "cannot be read: print it to a new PDF"),
            )
            if numbers
        ]

    def reason(self) -> str:
        """Say why there is no text at all."""
        if self.textless:
            return "it has no text layer, as scans do not: install Tesseract"
        return (self.notes() or ["no words were found on its pages: give a sharper scan, or leave it out"])[0]


def read_pages(document: Any) -> Pages:
    """Read all pages of an open document: the text layers first, then scans, then pictures beside the text."""
    read = Pages()
    clock = ocr.Clock()
    if document.get_formtype():
        logging.getLogger("pypdfium2").setLevel(logging.ERROR)  # it warns of forms that it knows only in part
        document.init_forms()
    scans = [number for number in range(len(document)) if _read_text(read, document, number, clock)]
    for number in scans:
        _read_picture(read, document, number, clock)
    beside = ocr.Clock(min(pdf_pictures.SECONDS, clock.left()))
    for number, page in enumerate(read.pages):
        if page.lines and number not in scans and beside.left() > 0 and ocr.installed():
            lines = pdf_pictures.with_pictures(document[number], page.lines, beside)
            read.pages[number] = replace(page, lines=lines)
    return read


def _read_text(read: Pages, document: Any, number: int, clock: ocr.Clock) -> bool:
    """Add a page by its text layer; return whether it is a scan."""
    import pypdfium2

    read.pages.append(Page((), 1, 1))
    if clock.left() <= 0:
        read.late.append(number)
        return False
    try:
        page = document[number]
        late = clock.left() < ocr.SECONDS / 2
        lines = read_lines(page, roughly=True) if late else _lines(document, number)
        read.pages[number] = Page(lines, *page.get_size())
        return _scan(page, lines)
    except pypdfium2.PdfiumError:
        read.damaged.append(number)
        return False


def _lines(document: Any, number: int) -> list[Line]:
    """Return the lines of a page, with what stands in the fields of a form."""
    import pypdfium2.raw as pdfium

    page = document[number]
    lines = read_lines(page)
    if _filled_in(page) and pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS:
        page.close()
        page = document[number]
        everything = read_lines(page)
        lines = _in_place(lines, everything[len(lines) :]) if everything[: len(lines)] == lines else everything
    page.close()
    return lines


def _filled_in(page: Any) -> bool:
    """Tell whether there are fields or remarks with text on a page."""
    import pypdfium2.raw as pdfium

    shown = (pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP)
    for i in range(min(pdfium.FPDFPage_GetAnnotCount(page), 1000)):
        annotation = pdfium.FPDFPage_GetAnnot(page, i)
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
        if kind in shown:
            return True
    return False


def _in_place(lines: list[Line], more: list[Line]) -> list[Line]:
    """Put lines where they stand: into the row on whose right they are, else below what is above them."""
    placed = list(lines)
    for line in more:
        middle = (line.box[1] + line.box[3]) / 2
        beside = [i for i, other in enumerate(placed) if other.box[1] - 2 < middle < other.box[3] + 2]
        left = [i for i in beside if placed[i].box[0] < line.box[0]]
        if left:
            nearest = max(left, key=lambda i: placed[i].box[0])
            whole = placed[nearest]
            placed[nearest] = replace(whole, cells=tuple(sorted((*whole.cells, *line.cells), key=lambda c: c.box[0])))
        else:
            above = [i for i, other in enumerate(placed) if other.box[3] <= middle]
            placed.insert(max(above, key=lambda i: placed[i].box[3]) + 1 if above else 0, line)
    return placed


def _scan(page: Any, lines: Sequence[Line]) -> bool:
    """Tell whether a page is a picture: one without letters, but for a stamp perhaps."""
    import pypdfium2.raw as pdfium

    letters = sum(len(line.text) for line in lines)
    if letters > STAMP:
        return False
    if not letters:
        return bool(pdfium.FPDFPage_CountObjects(page) > 0)
    width, height = page.get_size()
    for image in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = image.get_bounds()
        if (right - left) * (top - bottom) > 0.5 * width * height:
            return True
    return False


def _read_picture(read: Pages, document: Any, number: int, clock: ocr.Clock) -> None:
    """Read a page by its picture; what its text layer holds is kept where nothing is seen on it."""
    page = read.pages[number]
    if not ocr.installed():
        read.textless += [] if page.lines else [number]
        return
    if clock.left() <= 0:
        read.late.append(number)
        return
    scale = min(ocr.DPI / 72, (PIXELS / (page.width * page.height)) ** 0.5)
    try:
        reading = ocr.read(document[number].render(scale=scale, grayscale=True).to_pil(), clock)
    except UnreadableFile:
        read.damaged.append(number)
        return
    if reading is None:
        read.late.append(number)
    elif reading.page.lines:
        read.pages[number] = reading.page


def _named(numbers: Sequence[int]) -> str:
    """Name pages as people do: page 3, or pages 3-5, 8."""
    runs: list[list[int]] = []
    for number in (number + 1 for number in numbers):
        if runs and runs[-1][-1] == number - 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    names = ", ".join("-".join(map(str, run)) for run in runs)
    return f"{'page' if len(numbers) == 1 else 'pages'} {names}"

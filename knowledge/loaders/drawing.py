"""Pages drawn as pictures with passages marked, so that a reader sees where an answer comes from."""

import io
import logging
from collections.abc import Sequence
from itertools import islice
from typing import Any

from knowledge.documents import Box
from knowledge.errors import BadInput, UnreadableFile
from knowledge.loaders import images
from knowledge.loaders.pdf_pages import LOCK

MARK = (255, 214, 0, 96)
"""Yellow that lets the text through."""
WIDEST = 4000
"""The widest picture, in pixels."""
MOST = 100_000
"""No picture has more pages than that."""
PIXELS = 12_000_000
"""The most pixels of a picture: a page that is much higher than wide is made narrower."""


def page_picture(
    data: bytes, page: int, boxes: Sequence[Box], *, password: str | None = None, width: int = 1000
) -> bytes:
    """Draw a page of a PDF, or of a picture, and mark the boxes on it.

    Args:
        data: the file.
        page: counted from 1.
        boxes: shares of the page from its upper left corner.
        password: opens an encrypted PDF.
        width: of the drawing in pixels.

    Returns:
        A PNG.

    Raises:
        BadInput: there is no such page, or the file cannot be drawn.
    """
    width = max(1, min(width, WIDEST))
    drawn = _pdf_page(data, page, password, width) if data[:1024].find(b"%PDF-") >= 0 else _image(data, page, width)
    return _png(_marked(drawn, boxes))


def _pdf_page(data: bytes, number: int, password: str | None, width: int) -> Any:
    import pypdfium2

    try:
        with LOCK, pypdfium2.PdfDocument(data, password) as document:
            if not 1 <= number <= len(document):
                raise BadInput(f"there is no page {number}: give one from 1 to {len(document)}")
            logging.getLogger("pypdfium2").setLevel(logging.ERROR)  # it warns of forms that it knows only in part
            document.init_forms()
            page = document[number - 1]
            across, down = page.get_size()
            scale = min(width / across, (PIXELS / (across * down)) ** 0.5)
            return page.render(scale=scale).to_pil().convert("RGB")
    except pypdfium2.PdfiumError as error:
        raise UnreadableFile("the page cannot be drawn: open the file itself") from error


def _image(data: bytes, number: int, width: int) -> Any:
    if number < 1:
        raise BadInput(f"there is no page {number}: count from 1")
    found = next(islice(images.pages(data), min(number - 1, MOST), None), None)
    if found is None:
        raise BadInput(f"there is no page {number}: the picture has fewer")
    picture = found[1].convert("RGB")
    scale = min(width / picture.width, (PIXELS / (picture.width * picture.height)) ** 0.5)
    return picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))


def _marked(drawn: Any, boxes: Sequence[Box]) -> Any:
    from PIL import Image, ImageDraw

    marks = Image.new("RGBA", drawn.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(marks)
    for left, top, right, bottom in boxes:
        x0, x1 = sorted((left * drawn.width, right * drawn.width))
        y0, y1 = sorted((top * drawn.height, bottom * drawn.height))
        pen.rectangle((x0 - 2, y0 - 2, x1 + 2, y1 + 2), fill=MARK)
    return Image.alpha_composite(drawn.convert("RGBA"), marks).convert("RGB")


def _png(picture: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, format="PNG")
    return out.getvalue()

"""Pictures: scans and photographs, page by page, read by Tesseract."""

import io
from collections.abc import Iterator
from typing import Any

from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.loaders import ocr
from knowledge.loaders.draft import Draft
from knowledge.loaders.options import Options
from knowledge.loaders.pdf_text import put_pages

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".gif")
PIXELS = 100_000_000
"""The most pixels of a page: A3 at 600 dots an inch has 70 million."""
SIDE = 4000
"""Pixels along the longer side beyond which a page is made smaller: more make Tesseract slower, not better."""
SMALL = 1000
"""Pixels along the longer side below which a page is made twice as large, as its letters would be too small."""


def load(data: bytes, options: Options) -> Content:
    """Read the words on a picture, with their boxes; each frame of a TIFF or GIF is a page.

    Raises:
        UnreadableFile: it is damaged or too large, has no words, or Tesseract is not installed.
    """
    if not ocr.installed():
        raise UnreadableFile("it is a picture: install Tesseract to have its text read")
    clock = ocr.Clock()
    notes: list[str] = []
    read = []
    for number, page in pages(data):
        reading = ocr.read(page, clock)
        if reading is None:
            notes.append(f"pages from {number} on were not read, as the time was up: split the file")
            break
        read.append(reading.page)
    if not any(page.lines for page in read):
        raise UnreadableFile((notes or ["no words were found in it: give a sharper picture, or leave it out"])[0])
    draft = Draft()
    put_pages(draft, read, {})
    return draft.content(None, notes)


def pages(data: bytes) -> Iterator[tuple[int, Any]]:
    """Yield the pages of a picture, counted from 1, upright as its camera says and of a fit size.

    Raises:
        UnreadableFile: it is damaged or too large.
    """
    from PIL import Image, ImageOps, ImageSequence

    try:
        with Image.open(io.BytesIO(data)) as picture:
            if picture.width * picture.height > PIXELS:
                raise UnreadableFile(f"it has more than {PIXELS // 1_000_000} million pixels: save it smaller")
            frames = ImageSequence.Iterator(picture)
            for number, frame in enumerate(frames, start=1):
                yield number, _fit(ImageOps.exif_transpose(_flat(frame)))
                if picture.format in ("GIF", "WEBP"):
                    return  # the others move
    except Image.DecompressionBombError as error:
        raise UnreadableFile(f"it has more than {PIXELS // 1_000_000} million pixels: save it smaller") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise UnreadableFile("it is damaged, or no picture: save it anew as PNG") from error


def _flat(frame: Any) -> Any:
    """Put what is transparent on white."""
    from PIL import Image

    if not frame.has_transparency_data:
        return frame.convert("L" if frame.mode in ("1", "L", "I;16", "I", "F") else "RGB")
    shown = frame.convert("RGBA")
    flat = Image.new("RGB", shown.size, "white")
    flat.paste(shown, mask=shown.getchannel("A"))
    return flat


def _fit(page: Any) -> Any:
    longer = max(page.size)
    if longer > SIDE:
        page.thumbnail((SIDE, SIDE))
    elif longer < SMALL:
        page = page.resize((page.width * 2, page.height * 2))
    return page

"""PDF: the text layer, page by page; headings where the outline's titles stand in the text."""

import re
import threading
from collections.abc import Iterable
from typing import Any

from knowledge.documents import Content, Location
from knowledge.errors import UnreadableFile
from knowledge.loaders.draft import Draft
from knowledge.loaders.options import Options
from knowledge.loaders.titles import sensible

_LOCK = threading.Lock()
"""PDFium may be used by one thread at a time."""
_HYPHENS = re.compile("[\ufffe\ufffd\x02]\n?|(?<=[a-z])\u00ad\n?")
_BREAKS = re.compile(r"(?<=[a-z,;])\n(?=[a-z(])")


def load(data: bytes, options: Options) -> Content:
    """Read a PDF with its page numbers; the title is the document's.

    Raises:
        UnreadableFile: it is damaged, protected by a password, or holds images of pages only.
    """
    import pypdfium2

    draft = Draft()
    try:
        with _LOCK, pypdfium2.PdfDocument(data) as document:
            title = sensible(document.get_metadata_value("Title"))
            outline = _outline(document)
            pages = [_text(document, number) for number in range(len(document))]
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableFile("it is protected by a password: save a copy without one") from error
        raise UnreadableFile("it is damaged: print it to a new PDF") from error
    if not any(page.strip() for page in pages):
        raise UnreadableFile("it has no text layer, as scans do not: run OCR over it, for instance with ocrmypdf")
    for number, page in enumerate(pages):
        draft.place(Location(page=number + 1))
        _put(draft, page, outline.get(number, []))
    return draft.content(title)


def _text(document: Any, number: int) -> str:
    page = document[number]
    words = page.get_textpage().get_text_range()
    page.close()
    text = _HYPHENS.sub("", str(words).replace("\r\n", "\n").replace("\r", "\n"))
    return _BREAKS.sub(" ", text.replace("\0", ""))


def _outline(document: Any) -> dict[int, list[tuple[int, str]]]:
    """Return for each page, counted from 0, the levels and titles that the outline has there."""
    entries: dict[int, list[tuple[int, str]]] = {}
    for mark in document.get_toc(max_depth=6):
        target = mark.get_dest()
        title = " ".join(mark.get_title().split())
        page = target.get_index() if target is not None else None
        if page is not None and title:
            entries.setdefault(page, []).append((mark.level + 1, title))
    return entries


def _put(draft: Draft, page: str, headings: Iterable[tuple[int, str]]) -> None:
    """Add a page's lines; a line that is one of the outline's titles begins a section."""
    levels = {title.casefold(): (level, title) for level, title in headings}
    lines: list[str] = []
    for line in page.split("\n"):
        heading = levels.pop(" ".join(line.split()).casefold(), None)
        if heading is None:
            lines.append(line.rstrip())
            continue
        draft.paragraph("\n".join(lines))
        draft.heading(*heading)
        lines = []
    draft.paragraph("\n".join(lines))

"""PDF: the text layer line by line, with headings, tables and boxes; pages without one are read by Tesseract."""

from typing import Any

from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.loaders.draft import Draft
from knowledge.loaders.options import Options
from knowledge.loaders.pdf_headings import Mark
from knowledge.loaders.pdf_pages import LOCK, read_pages
from knowledge.loaders.pdf_text import put_pages
from knowledge.loaders.titles import sensible


def load(data: bytes, options: Options) -> Content:
    """Read a PDF with its page numbers; the title is the document's, else its first and largest heading.

    Raises:
        UnreadableFile: it is damaged, protected by a password, or holds images of pages that cannot be read.
    """
    import pypdfium2

    try:
        with LOCK, pypdfium2.PdfDocument(data, options.password) as document:
            title = sensible(document.get_metadata_value("Title"))
            outline = _outline(document)
            read = read_pages(document)
            attached = [document.get_attachment(i).get_name() for i in range(document.count_attachments())]
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            given = "the password is not the right one" if options.password else "it is protected by a password"
            raise UnreadableFile(f"{given}: give it with --password") from error
        raise UnreadableFile("it is damaged: print it to a new PDF") from error
    if not any(page.lines for page in read.pages):
        raise UnreadableFile(read.reason())
    draft = Draft()
    heading = put_pages(draft, read.pages, outline)
    notes = [f"{name}, attached to it, was not read: save it and add it by itself" for name in attached]
    return draft.content(title or (sensible(heading) if len(heading or "") >= 5 else None), [*read.notes(), *notes])


def _outline(document: Any) -> dict[int, list[Mark]]:
    """Return for each page, counted from 0, the levels and titles that the outline has there."""
    entries: dict[int, list[Mark]] = {}
    for mark in document.get_toc(max_depth=6):
        target = mark.get_dest()
        title = " ".join(mark.get_title().split())
        page = target.get_index() if target is not None else None
        if page is not None and title:
            entries.setdefault(page, []).append((mark.level + 1, title))
    return entries

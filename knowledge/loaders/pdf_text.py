"""The pages of a PDF, or of a picture, as text: headings, paragraphs and tables, each line with its box."""

from collections.abc import Mapping, Sequence

from knowledge.documents import Location
from knowledge.loaders.draft import Draft
from knowledge.loaders.pdf_headings import Headings, Mark
from knowledge.loaders.pdf_hyphens import mended
from knowledge.loaders.pdf_layout import Page, arranged, paragraphs
from knowledge.loaders.pdf_lines import Line
from knowledge.loaders.pdf_tables import with_tables


def put_pages(draft: Draft, pages: Sequence[Page], outline: Mapping[int, Sequence[Mark]]) -> str | None:
    """Add all pages, and return the largest heading of the first one, if there is any.

    Args:
        draft: where to add them.
        pages: as they were read.
        outline: for pages, counted from 0, the headings that the file itself names.
    """
    made = mended(arranged(pages))
    headings = Headings(made, outline)
    for number, page in enumerate(made):
        draft.place(Location(page=number + 1))
        text: list[Line] = []
        for item in with_tables(page.lines):
            if isinstance(item, Line):
                text.append(item)
                continue
            _put_text(draft, number, page, text, headings)
            text = []
            draft.lines([(row, page.share(box)) for row, box in item.rows])
        _put_text(draft, number, page, text, headings)
    return headings.title


def _put_text(draft: Draft, number: int, page: Page, lines: Sequence[Line], headings: Headings) -> None:
    """Add paragraphs, and begin sections at headings."""
    text: list[Line] = []
    i = 0
    while i <= len(lines):
        found = headings.at(number, lines, i)
        if found is None and i < len(lines):
            text.append(lines[i])
            i += 1
            continue
        for paragraph in paragraphs(text):
            draft.lines([(line.text, page.share(line.box)) for line in paragraph], flowing=True)
        text = []
        if found is None:
            return
        level, title, taken = found
        draft.heading(level, title)
        i += taken

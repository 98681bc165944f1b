"""A text in the making: headings, pages and paragraphs are put one after another, and the sections kept count of."""

from knowledge.documents import Content, Section


class Draft:
    """Collects the text of a file whose format is not itself plain text."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._sections: list[Section] = []
        self._headings: list[tuple[int, str]] = []
        self._page: int | None = None
        self._begun = (0, 0)
        self._listing = False

    def page(self, number: int) -> None:
        """Begin a page, counted from 1."""
        self._finish()
        self._page = number
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

    def paragraph(self, text: str, *, item: bool = False) -> None:
        """Add a paragraph, or an item of a list."""
        text = text.strip("\n").rstrip()
        if not text.strip():
            return
        self._put(f"- {text.lstrip()}" if item else text, "\n" if item and self._listing else "\n\n")
        self._listing = item

    def content(self, title: str | None) -> Content:
        """Return what was collected."""
        self._finish()
        return Content("".join(self._parts), tuple(self._sections), title)

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
            self._sections.append(Section(start, self._length, heading_start, names, level, self._page))
        self._begun = (self._length, self._length)

"""The headings of a PDF: where the titles of its outline stand in the text, else what is set in larger letters."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from knowledge.loaders.pdf_layout import LARGER, Page
from knowledge.loaders.pdf_lines import Line

Mark = tuple[int, str]
"""A level and a title of the outline."""
LONGEST = 150
"""The most characters of a heading."""
_NUMBERING = re.compile(r"^(?:(?:chapter|section|part|appendix)\s+)?(?:[\divxlc]+[.):]?\s|[a-z][.)]\s|\d[\d.]*\s)\s*")


class Headings:
    """Knows the headings of one document."""

    def __init__(self, pages: Sequence[Page], outline: Mapping[int, Sequence[Mark]]) -> None:
        self._marks = {
            number: {_plain(title): (level, title) for level, title in marks} for number, marks in outline.items()
        }
        found = any(
            _plain(" ".join(line.text for line in pages[number].lines[i : i + taken])) in marks
            for number, marks in self._marks.items()
            if number < len(pages)
            for i in range(len(pages[number].lines))
            for taken in (1, 2, 3)
        )
        self._sizes = {} if found else _levels(pages)
        self.title: str | None = None
        """The heading of the highest level on the first page, once it was met."""

    def at(self, number: int, lines: Sequence[Line], i: int) -> tuple[int, str, int] | None:
        """Return the level and words of the heading that begins at a line of a page, and how many lines it takes."""
        if i >= len(lines):
            return None
        marks = self._marks.get(number, {})
        for taken in (3, 2, 1):
            level_title = marks.pop(_plain(" ".join(line.text for line in lines[i : i + taken])), None)
            if level_title is not None:
                return *level_title, taken
        return self._large(number, lines, i)

    def _large(self, number: int, lines: Sequence[Line], i: int) -> tuple[int, str, int] | None:
        level = self._sizes.get(round(lines[i].size))
        if level is None:
            return None
        last = i + 1
        while last < len(lines) and _goes_on(lines[last - 1], lines[last]):
            last += 1
        title = " ".join(line.text for line in lines[i:last])
        if len(title) > LONGEST or 2 * len(re.findall(r"[^\W\d_]", title)) < len(title.replace(" ", "")):
            return None
        if number == 0 and level == 1 and not _NUMBERING.match(title.casefold()):
            self.title = self.title or title
        return level, title, last - i


def _goes_on(one: Line, other: Line) -> bool:
    """Tell whether a heading goes on in the next line."""
    step = other.box[1] - one.box[1]
    return round(one.size) == round(other.size) and one.bold == other.bold and 0 < step <= 1.6 * one.size


def _plain(title: str) -> str:
    """Return a title without its number, its case and what is no letter."""
    return re.sub(r"[\W_]+", "", _NUMBERING.sub("", title.casefold())) or title.casefold()


def _levels(pages: Sequence[Page]) -> dict[int, int]:
    """Return the levels of headings by the size of their font, rounded; empty where sizes tell nothing."""
    letters: Counter[int] = Counter()
    for line in (line for page in pages for line in page.lines):
        letters[round(line.size)] += len(line.text)
    if not letters:
        return {}
    usual = letters.most_common(1)[0][0]
    larger = sorted((size for size in letters if size >= LARGER * usual), reverse=True)
    if 4 * sum(letters[size] for size in larger) > letters.total():
        return {}
    return {size: min(level, 6) for level, size in enumerate(larger, start=1)}

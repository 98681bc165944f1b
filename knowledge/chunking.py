"""Passages: a document's text cut along its headings, pages, paragraphs and sentences. Pure functions.

A passage never crosses a page or a heading, but that tiny neighbours under the same parent are joined: alone they would
say too little. What is longer than a passage is cut at paragraphs, then at sentences, then at words.
"""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from knowledge.documents import Anchor, Box, Content, Location, Section

Tokenize = Callable[[Sequence[str]], list[list[tuple[int, int]]]]
Span = tuple[int, int]

TINY = 10
"""Tokens below which a section is joined with its neighbour."""
CHARACTERS = 12
"""The most characters to a token, white space included."""
ENDLESS = 30
"""Characters beyond which a token stands for a word that the tokenizer does not look into."""
TOGETHER = 1000
"""Paragraphs tokenized together: what the tokenizer says of a token takes up a hundred times what is kept of it."""
SPECIAL = 2
"""The tokens that open and close a text."""

_PARAGRAPHS = re.compile(r"\n[^\S\n]*\n\s*")
_SENTENCES = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=[^\sa-z])|(?<=[。！？])|\n(?=\s*(?:[-*+•|>#]|\d+[.)]|[^\sa-z]))")
_WORDS = re.compile(r"\s+")
_LINKS = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)|<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage before it has an id: where it stands in the text, and the headings put before it to be embedded."""

    start: int
    end: int
    location: Location
    lead: str


def embedded_text(lead: str, text: str) -> str:
    """Return what of a passage is embedded: its headings, then its text without the addresses of links."""
    return f"{lead}\n{_LINKS.sub(lambda link: link.group(1) or ' ', text)}" if lead else text


def split(content: Content, title: str, tokenize: Tokenize, limit: int) -> list[Piece]:
    """Cut a document into passages of at most `limit` tokens, headings and special tokens included."""
    ruler = _Ruler(content.text, tokenize)
    ends = array("q", (end.start() for end in re.finditer("\n", content.text))) if content.numbered else None
    pieces: list[Piece] = []
    # What holds nothing but headings is cut as if they were paragraphs.
    for block in list(_blocks(content, ruler, limit // 2)) or [[Section(0, len(content.text), 0)]]:
        shared = _shared([section.headings for section in block])
        lead = _lead((title, *_below(title, shared)), ruler, limit // 4)
        most = max(block, key=lambda section: section.end - section.start).headings
        place = replace(block[0].place, heading=" > ".join(_below(title, most) or most) or None)
        budget = limit - SPECIAL - ruler.tokens(lead)
        start = block[0].heading_start if len(block) > 1 else block[0].start
        for first, last in _cut(content, (start, block[-1].end), ruler, budget):
            pieces.append(Piece(first, last, _anchored(place, content, (first, last), ends), lead))
    return pieces


def anchors(content: Sequence[Anchor], span: Span) -> Sequence[Anchor]:
    """Return the anchors that a stretch of the text touches."""
    first = bisect_right(content, span[0], key=lambda anchor: anchor.end)
    return content[first : bisect_left(content, span[1], key=lambda anchor: anchor.start)]


def _anchored(place: Location, content: Content, span: Span, ends: Sequence[int] | None) -> Location:
    """Add to a place what the anchors know of a stretch: the box around them, the rows they are, or its lines.

    `ends` is where the lines of the text end, where they have numbers.
    """
    touched = anchors(content.anchors, span)
    rows = [anchor.row for anchor in touched if anchor.row is not None]
    boxes = [anchor.box for anchor in touched if anchor.box is not None]
    lines = (bisect_left(ends, span[0]) + 1, bisect_left(ends, span[1]) + 1) if ends is not None else None
    return replace(
        place, rows=(min(rows), max(rows)) if rows else None, box=_around(boxes) if boxes else None, lines=lines
    )


def _around(boxes: Sequence[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


class _Ruler:
    """Counts the tokens of any stretch of a text that was tokenized once."""

    def __init__(self, text: str, tokenize: Tokenize) -> None:
        self._tokenize = tokenize
        self._counted: dict[str, int] = {}
        self._starts = array("q")  # a list takes up five times as much, which a text of 50 MB has not got
        spans = list(_spans(text, (0, len(text)), _PARAGRAPHS))
        for group in range(0, len(spans), TOGETHER):
            some = spans[group : group + TOGETHER]
            for (start, _), offsets in zip(some, tokenize([text[a:b] for a, b in some]), strict=True):
                # To the tokenizer an endless word is one token until it is cut: then each character may be one.
                self._starts.extend(
                    [
                        start + part
                        for first, last in offsets
                        for part in (range(first, last) if last - first > ENDLESS else (first,))
                    ]
                )

    def measure(self, span: Span) -> int:
        """Return how many tokens the stretch takes up, one at least for so many characters."""
        tokens = bisect_left(self._starts, span[1]) - bisect_left(self._starts, span[0])
        return max(tokens, -(-(span[1] - span[0]) // CHARACTERS))

    def tokens(self, text: str) -> int:
        """Return how many tokens another text has."""
        if text not in self._counted:  # the same headings are asked for again and again
            self._counted[text] = len(self._tokenize([text])[0]) if text else 0
        return self._counted[text]

    def shorten(self, text: str, tokens: int) -> str:
        """Return the first tokens of another text."""
        offsets = self._tokenize([text])[0]
        return text if len(offsets) <= tokens else text[: offsets[tokens - 1][1]]

    def cut(self, span: Span, budget: int) -> Iterator[Span]:
        """Cut a stretch without any gap between its tokens; there is room, as parts of a word may make more tokens."""
        start, end = span
        budget = max(1, budget * 3 // 4)
        while start < end:
            last = bisect_left(self._starts, start) + budget
            stop = min(end, start + budget * CHARACTERS, self._starts[last] if last < len(self._starts) else end)
            yield start, stop
            start = stop


def _blocks(content: Content, ruler: _Ruler, roomy: int) -> Iterator[list[Section]]:
    """Join tiny sections with the neighbours they belong to; leave out those that hold nothing."""
    block: list[Section] = []
    for section in content.sections:
        if not content.text[section.start : section.end].strip():
            continue
        if block and not _belongs(block, section, ruler, roomy):
            yield block
            block = []
        block.append(section)
    if block:
        yield block


def _belongs(block: list[Section], section: Section, ruler: _Ruler, roomy: int) -> bool:
    """Tell whether a section is joined to the block before it: one of them tiny, and both under one parent."""
    first = block[0]
    if section.place != first.place or section.headings[:-1] not in (first.headings[:-1], first.headings):
        return False
    sizes = ruler.measure((first.start, block[-1].end)), ruler.measure((section.start, section.end))
    return min(sizes) < TINY and sum(sizes) <= roomy


def _shared(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the headings that all paths begin with."""
    same = takewhile(lambda names: len(set(names)) == 1, zip(*paths, strict=False))
    return tuple(names[0] for names in same)


def _below(title: str, headings: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out a first heading that only repeats the title."""
    return headings[1:] if headings and headings[0].casefold() == title.casefold() else headings


def _lead(headings: tuple[str, ...], ruler: _Ruler, most: int) -> str:
    """Join the title and the headings; where they take up too much, the innermost, or its beginning."""
    for first in range(len(headings)):
        lead = " > ".join(headings[first:])
        if ruler.tokens(lead) <= most:
            return lead
    return ruler.shorten(headings[-1], most)


def _cut(content: Content, span: Span, ruler: _Ruler, budget: int) -> Iterator[Span]:
    """Cut a stretch into passages of about the same size, none over the budget."""
    units = list(_units(content, span, ruler, budget))
    total = ruler.measure(span)
    wanted = -(-total // -(-total // budget))
    first = 0
    start = units[0].start
    for i, unit in enumerate(units):
        following = units[i + 1] if i + 1 < len(units) else None
        full = ruler.measure((start, unit.end)) >= wanted
        if following is None or full or ruler.measure((start, following.end)) > budget:
            yield start, unit.end
            if following is not None:
                repeated = i > first and _repeats(unit, following, ruler, budget)
                first, start = (i, unit.start) if repeated else (i + 1, following.start)


def _repeats(last: "_Unit", following: "_Unit", ruler: _Ruler, budget: int) -> bool:
    """Tell whether a passage begins with the last sentence of the one before: where a paragraph is cut."""
    same = last.paragraph is not None and last.paragraph == following.paragraph
    short = ruler.measure((last.start, last.end)) <= budget // 5
    return same and short and ruler.measure((last.start, following.end)) <= budget


@dataclass(frozen=True, slots=True)
class _Unit:
    """What is not cut any further; `paragraph` is where the cut paragraph begins that it is a sentence of."""

    start: int
    end: int
    paragraph: int | None = None


def _units(content: Content, span: Span, ruler: _Ruler, budget: int) -> Iterator[_Unit]:
    """Yield paragraphs; of those that do not fit, the rows of a table; of what is no table, or too long, sentences."""
    for paragraph in _spans(content.text, span, _PARAGRAPHS):
        for part in [paragraph] if ruler.measure(paragraph) <= budget else _rows(content, paragraph) or [paragraph]:
            if ruler.measure(part) <= budget:
                yield _Unit(*part)
            else:
                yield from _sentences(content.text, part, ruler, budget)


def _rows(content: Content, paragraph: Span) -> list[Span]:
    """Return the rows of a table that a paragraph is made of; nothing where it is none."""
    rows = (anchor for anchor in anchors(content.anchors, paragraph) if anchor.row is not None)
    return [(max(row.start, paragraph[0]), min(row.end, paragraph[1])) for row in rows]


def _sentences(text: str, paragraph: Span, ruler: _Ruler, budget: int) -> Iterator[_Unit]:
    """Yield the sentences of a paragraph; of those that do not fit, words."""
    for sentence in _spans(text, paragraph, _SENTENCES):
        if ruler.measure(sentence) <= budget:
            yield _Unit(*sentence, paragraph[0])
        else:
            yield from (_Unit(*words) for words in _words(text, sentence, ruler, budget))


def _words(text: str, span: Span, ruler: _Ruler, budget: int) -> Iterator[Span]:
    """Yield runs of words that fill the budget; a word that does not fit by itself is cut anywhere."""
    start = stop = span[0]
    for word in _spans(text, span, _WORDS):
        if ruler.measure((start, word[1])) > budget:
            if stop > start:
                yield start, stop
            start = word[0]
        if ruler.measure(word) > budget:
            *full, (start, _) = ruler.cut(word, budget)
            yield from full
        stop = word[1]
    if stop > start:
        yield start, stop


def _spans(text: str, span: Span, breaks: re.Pattern[str]) -> Iterator[Span]:
    """Yield the stretches between breaks, without the white space around them."""
    start, end = span
    for gap in breaks.finditer(text, start, end):
        yield from _trimmed(text, (start, gap.end()))
        start = gap.end()
    yield from _trimmed(text, (start, end))


def _trimmed(text: str, span: Span) -> Iterator[Span]:
    part = text[slice(*span)]
    if part.strip():
        start = span[0] + len(part) - len(part.lstrip())
        yield start, start + len(part.strip())

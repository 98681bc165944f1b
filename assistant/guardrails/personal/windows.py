"""Where in a text a look is worth its time: most of it holds neither an @ nor a number of six digits."""

import re
from collections.abc import Iterable, Iterator, Sequence

Window = tuple[int, int]
"""A stretch of a text, from its first character up to its second."""

_PAIR = re.compile(r"\d\d")
SIX = re.compile(r"\d(?:[^\w\n]{0,3}\d){5}")
"""Six digits, written together or in groups."""
_NEAR = 32
"""Characters before and after a number within which everything lies that belongs to it."""


_SPACES = "\u00a0\u2007\u2009\u202f"
_HYPHENS = "\u2010\u2011\u2012"


def plain(text: str) -> str:
    """Return a text of the same length, with plain spaces and hyphens for those at which no line is broken."""
    if text.isascii():
        return text
    for mark in _SPACES:
        text = text.replace(mark, " ")
    for mark in _HYPHENS:
        text = text.replace(mark, "-")
    return text


class Text:
    """A text with what several recognisers ask of it, found out once."""

    def __init__(self, text: str) -> None:
        self.text = text
        low = text.lower()
        # Of very few letters the small one is two characters; places must stay where they are.
        self.low = low if len(low) == len(text) else "".join(c if len(c.lower()) > 1 else c.lower() for c in text)
        self._digits: Sequence[Window] | None = None
        self._numbers: Sequence[Window] | None = None

    def digits(self) -> Sequence[Window]:
        """Return the surroundings of all numbers of two digits or more."""
        if self._digits is None:
            self._digits = list(self.merged((match.start() for match in _PAIR.finditer(self.text)), _NEAR, _NEAR))
        return self._digits

    def numbers(self) -> Sequence[Window]:
        """Return the surroundings of all numbers of six digits or more, written together or in groups."""
        if self._numbers is None:
            self._numbers = self.holding(SIX, self.digits())
        return self._numbers

    def holding(self, pattern: "re.Pattern[str]", windows: Iterable[Window]) -> Sequence[Window]:
        """Return those of some stretches that hold a pattern."""
        return [window for window in windows if pattern.search(self.text, *window)]

    def around(self, words: Iterable[str], before: int, after: int) -> list[Window]:
        """Return the surroundings of some words, which are written small."""
        return list(self.merged(self.places(words), before, after))

    def places(self, words: Iterable[str]) -> list[int]:
        """Return where some words begin, which are written small, in order."""
        low = self.low
        return sorted(place for word in words if word in low for place in _places(low, word))

    def merged(self, places: Iterable[int], before: int, after: int) -> Iterator[Window]:
        """Put the surroundings of places in order together where they meet."""
        start, end = 0, -1
        for place in places:
            if place - before > end:
                if end >= 0:
                    yield start, end
                start = max(0, place - before)
            end = min(len(self.text), place + after)
        if end >= 0:
            yield start, end


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)

"""One recogniser: what finds something, where it looks, and which of its finds count."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant.guardrails.personal.windows import Text, Window

LEAST_SCORE = 0.4
"""Presidio's score below which a find counts for nothing by itself: bare runs of nine digits, and the like."""
SURE = 0.9
"""The score of our own patterns; Presidio gives 1.0 where a check digit is right."""

Where = Callable[[Text], Iterable[Window]]
Counts = Callable[[str, int, int, float], bool]
"""Whether a find counts, by the text, the find's first and last character and its score."""


def scored(text: str, start: int, end: int, score: float) -> bool:
    """Count what Presidio is sure enough of by itself."""
    return score >= LEAST_SCORE


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Finds one kind of personal data or secrets."""

    label: str
    analyser: Any = field(repr=False)
    """A recogniser of Presidio's, or one of ours in its form."""
    where: Where = Text.numbers
    """Asked once for all recognisers that have the same."""
    counts: Counts = scored

    def find(self, text: Text, windows: Iterable[Window]) -> Iterator[Window]:
        """Yield where something was found in some stretches of the text, in no order."""
        for first, last in windows:
            piece = text.text[first:last]
            for result in self.analyser.analyze(piece, self.analyser.supported_entities, None):
                start, end = result.start + first, result.end + first
                if self.counts(text.text, start, end, result.score):
                    yield start, end


@dataclass(frozen=True, slots=True)
class Cue:
    """Words near a stretch of text that say what it is."""

    words: "re.Pattern[str]"
    before: int = 48
    after: int = 24

    def near(self, text: str, start: int, end: int) -> bool:
        """Whether one of the words stands just before or just after."""
        around = self.words.search(text, max(0, start - self.before), start)
        return (around or self.words.search(text, end, min(len(text), end + self.after))) is not None


def cue(words: str, after: int = 24) -> Cue:
    """Make a cue of a regular expression in which case counts for nothing."""
    return Cue(re.compile(words, re.I), after=after)


def patterns(label: str, found: Mapping[str, str], flags: int = 0) -> Any:
    """Make a recogniser of our own patterns in Presidio's form."""
    from presidio_analyzer import Pattern, PatternRecognizer

    made = [Pattern(name, pattern, SURE) for name, pattern in found.items()]
    return PatternRecognizer(label, patterns=made, global_regex_flags=flags)


def everywhere(text: Text) -> Iterable[Window]:
    """Look at all of it."""
    return [(0, len(text.text))]


def beside(words: Iterable[str], before: int, after: int) -> Where:
    """Look only around some words, which are written small."""
    kept = tuple(words)
    return lambda text: text.around(kept, before, after)


def matching(gate: str, where: Where = Text.numbers) -> Where:
    """Look only where a simpler pattern matches, which costs next to nothing."""
    compiled = re.compile(gate)
    return lambda text: text.holding(compiled, where(text))

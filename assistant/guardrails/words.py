"""The company's own words: lists and patterns, each with what is to be done where one occurs."""

import logging
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from assistant.guardrails.rails import STRICTNESS, Action, Context, Span, Verdict
from assistant.guardrails.vocabulary import Folded, Vocabulary, fold, mask

log = logging.getLogger(__name__)

Severity = Literal["low", "medium", "high"]
ACTIONS: dict[Severity, Action] = {"low": "flag", "medium": "mask", "high": "refuse"}
"""What is done where a list names no action."""
SCORES: dict[Severity, float] = {"low": 0.3, "medium": 0.6, "high": 1.0}
SECONDS = 0.1
"""How long one pattern may take over one text."""
GROWING = 200
"""Characters of a growing match of a pattern that are held back at most."""
REPEATS = 10**6
"""Repeats within repeats take long to compile from about so many on."""
_REPEATS = re.compile(r"\{(\d{0,9}),?(\d{1,9})?\}")
REASONS: dict[Action, str] = {
    "flag": "The text holds words of the list '{name}'.",
    "mask": "Words of the list '{name}' were taken out of the text.",
    "refuse": "The text holds words of the list '{name}', which are not used here.",
}


@dataclass(frozen=True, slots=True)
class Words:
    """One list, ready to be looked for."""

    name: str
    severity: Severity
    action: Action
    sides: Sequence[str]
    reason: str
    vocabulary: Vocabulary
    patterns: Sequence[Any]

    def find(self, text: str, folded: Folded) -> list[tuple[int, int]]:
        """Return where the text holds one of them.

        Raises:
            TimeoutError: a pattern takes too long.
        """
        places = [(start, end) for start, end, _ in self.vocabulary.find(folded)]
        for number, pattern in enumerate(self.patterns, start=1):
            try:
                places += _matches(pattern, text, folded)
            except TimeoutError:
                log.warning("Pattern %d of the list %r takes too long: make it simpler", number, self.name)
                raise
        return sorted(set(places))

    def settled(self, text: str, folded: Folded) -> int:
        """Return up to where in a growing text no match can reach that is still growing."""
        return min([self.vocabulary.settled(folded), *(_settled(pattern, text) for pattern in self.patterns)])


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Look for the words of all lists; the strictest list decides, and each that masks does so."""

    lists: Sequence[Words]
    name: str = "words"
    whole: bool = False

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge the text."""
        folded = fold(text)
        hits = [
            (one, places)
            for one in self.lists
            if context.side in one.sides and (places := one.find(text, folded))
        ]  # fmt: skip
        if not hits:
            return Verdict("allow", text, self.name)
        worst = max((one for one, _ in hits), key=lambda one: (STRICTNESS[one.action], SCORES[one.severity]))
        masked = mask(text, [place for one, places in hits if one.action == "mask" for place in places])
        spans = tuple(Span(*place, one.name) for one, places in hits for place in places)
        reason = worst.reason.strip() or REASONS.get(worst.action, "").format(name=worst.name)
        return Verdict(worst.action, masked, self.name, worst.name, SCORES[worst.severity], reason, spans)

    def settled(self, text: str, context: Context) -> int:
        """Return how many characters of a growing text no match can reach any more that is to be masked."""
        lists = [one for one in self.lists if one.action == "mask" and context.side in one.sides]
        folded = fold(text) if lists else None
        return min([len(text), *(one.settled(text, folded) for one in lists if folded)])


def _settled(pattern: Any, text: str) -> int:
    """Return where a match begins that is still growing; one that grows for too long is not waited for."""
    at = max(0, len(text) - GROWING)
    try:
        partial = [
            found.start() for found in pattern.finditer(text, at, partial=True, timeout=SECONDS) if found.partial
        ]
    except TimeoutError:
        return len(text)  # as it is for the rail itself, which refuses then
    return partial[0] if partial and partial[0] > at else len(text)


def compiled(pattern: str) -> Any:
    """Compile a pattern of the company's, to be found as whole words in any case.

    Raises:
        ValueError: it is no regular expression, or it is one that matches nothing at all.
    """
    import regex

    if math.prod(max([1, *map(int, filter(None, bounds))]) for bounds in _REPEATS.findall(pattern)) >= REPEATS:
        raise ValueError(f"the pattern {pattern!r} repeats too much: make it simpler")
    try:
        regex.compile(pattern)
        found = regex.compile(rf"(?<!\w)(?:{pattern})(?!\w)", regex.IGNORECASE)
    except (regex.error, RecursionError, OverflowError) as error:
        raise ValueError(f"the pattern {pattern!r} is no regular expression: {error}") from error
    try:
        empty = found.fullmatch("", timeout=SECONDS) is not None
    except TimeoutError as error:
        raise ValueError(f"the pattern {pattern!r} takes too long: make it simpler") from error
    if empty:
        raise ValueError(f"the pattern {pattern!r} also matches where nothing is: let it ask for something")
    return found


def _matches(pattern: Any, text: str, folded: Folded) -> list[tuple[int, int]]:
    found = [match.span() for match in pattern.finditer(text, timeout=SECONDS) if match[0]]
    if folded.text != text.lower():  # as it is written first, so that a pattern may name the very characters
        found += [folded.place(*match.span()) for match in pattern.finditer(folded.text, timeout=SECONDS) if match[0]]
    return found

"""Numbers, dates and names: those that a sentence states, and whether passages state them too.

What a sentence states is read strictly and what a text offers generously, so that "3 May 2024", "May 3rd, 2024" and
"2024-05-03" are one date, "3.5 million" and "3,500,000" one number, and "HR" stands for "Human Resources".
"""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Literal

from assistant.guardrails import dates, names, numerals
from assistant.guardrails.claims import MARKER, PLACEHOLDER, plain

Kind = Literal["number", "date", "time", "name", "address", "code"]

_ADDRESS = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,5}|\b(?:https?://|www\.)[^\s<>\"')\]]{1,300}", re.I
)
_CODE = re.compile(r"\b(?=\w{0,20}\d)[^\W\d_]\w{1,20}\b")
"""A word of letters and digits, such as A4."""
_POINT = re.compile(r"^\s{0,9}(?:[-*•]\s{0,9})?\(?\d{1,3}[.)](?=\s)")
"""The number of a point in a list."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A number, date or name that a sentence states, as it is written there."""

    kind: Kind
    written: str
    wanted: frozenset[str]
    """What shows that a text states it: any of these."""
    name: names.Name | None = None

    def __str__(self) -> str:
        return f"the {self.kind} {self.written}"


def offered(text: str) -> set[str]:
    """Return what a text states: its numbers, dates, addresses and words, in the forms in which facts are looked up."""
    addresses = {_address(match[0]) for match in _ADDRESS.finditer(text)}
    return numerals.offered(text) | dates.offered(text) | names.offered(text) | addresses


def stated(fact: Fact, known: Set[str]) -> bool:
    """Whether a text that offers this states the fact."""
    return names.holds(known, fact.name) if fact.name else not known.isdisjoint(fact.wanted)


def facts(sentence: str, *, german: bool = False) -> list[Fact]:
    """Find what a sentence states that must stand in a text word for word; in German, capitals show no names."""
    text = _blanked(sentence, MARKER)
    text = _blanked(_blanked(text, PLACEHOLDER), _POINT)
    found = [Fact("address", match[0], frozenset({_address(match[0])})) for match in _ADDRESS.finditer(text)]
    text = _blanked(text, _ADDRESS)
    moments = list(dates.moments(text))
    for moment in moments:
        found.append(Fact("date" if moment.kind == "date" else "time", text[moment.start : moment.end], moment.wanted))
        if moment.year:
            found.append(Fact("number", moment.year, frozenset({moment.year})))
    text = _without(text, [(moment.start, moment.end) for moment in moments])
    found += list(_numbers(text))
    found += [Fact("code", match[0], frozenset({plain(match[0])})) for match in _CODE.finditer(text)]
    if not german:
        found += [Fact("name", text[name.start : name.end], frozenset(), name) for name in names.names(text)]
    return found


def _numbers(text: str) -> Iterator[Fact]:
    for one in numerals.numerals(text):
        if not (one.spelt and one.values <= {"0", "1"}):  # "one" counts nothing
            yield Fact("number", text[one.start : one.end], one.wanted)


def _blanked(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda match: " " * len(match[0]), text)


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    parts, end = [], 0
    for start, stop in sorted(spans):
        parts += [text[end:start], " " * (stop - max(start, end))]
        end = max(end, stop)
    return "".join([*parts, text[end:]])


def _address(written: str) -> str:
    return plain(written).rstrip(".,;:!?/").removeprefix("https://").removeprefix("http://").removeprefix("www.")

"""Dates and times of day as people write them, read as one form: 3 May 2024, May 3rd and 2024-05-03; 2 pm and 14:00."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MONTHS = (
    "january|jan|januar|jänner|enero|janvier february|feb|februar|febrero|février march|mar|märz|marzo|mars "
    "april|apr|abril|avril may|mai|mayo june|jun|juni|junio|juin july|jul|juli|julio|juillet "
    "august|aug|agosto|août september|sept|sep|septiembre|septembre october|oct|oktober|okt|octubre|octobre "
    "november|nov|noviembre|novembre december|dec|dezember|dez|diciembre|décembre"
)
_MONTH = {name: number for number, names in enumerate(_MONTHS.split(), start=1) for name in names.split("|")}
_NAMED = rf"(?P<n>{'|'.join(sorted(_MONTH, key=len, reverse=True))})\b"
_YEAR = r"(?P<y>\d{4})\b"
_DAY = r"(?P<d>\d{1,2})"
_DATES = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"\b(?P<y>\d{{4}})-(?P<m>\d{{1,2}})-{_DAY}\b",
        rf"\b{_DAY}(?:st|nd|rd|th|\.)?(?:\sof|\sde)?\s{{1,3}}{_NAMED}\.?(?:,?\s{{1,3}}(?:de\s)?{_YEAR})?",
        rf"\b{_NAMED}\.?\s{{1,3}}{_DAY}(?:st|nd|rd|th)?\b(?![.:]?\d)(?:,?\s{{1,3}}{_YEAR})?",
        rf"\b{_NAMED}\.?,?\s{{1,3}}(?:of\s|de\s)?{_YEAR}",
        r"\b(?P<a>\d{1,2})(?P<s>[./-])(?P<b>\d{1,2})(?P=s)(?P<y>\d{4}|\d{2})\b(?!\.?\d)",
    )
)
_VERBS = ("may", "march", "mar")
"""Names of months that are words of another kind in small letters."""
_TIME = re.compile(r"\b(\d{1,2})(?:[:.](\d{2}))?\s?([ap])\.?m\b\.?|\b(\d{1,2}):(\d{2})(?![\d:])", re.I)
_SPOKEN = re.compile(r"\b(?:noon|midday|midnight)\b", re.I)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or a time of day, from `start` up to `end`."""

    start: int
    end: int
    kind: str
    """`date` or `time`."""
    wanted: frozenset[str]
    """What of `offered` shows that a text states it."""
    year: str | None = None
    """The year of a date; it must stand in the text too, with the day or apart from it."""


def moments(text: str) -> Iterator[Moment]:
    """Find the dates and times of a text."""
    taken = 0
    for match in sorted((m for pattern in _DATES for m in pattern.finditer(text)), key=lambda m: (m.start(), -m.end())):
        readings = [reading for reading in _read(match) if 1 <= reading[1] <= 12 and reading[2] <= 31]
        if match.start() < taken or not readings:
            continue
        taken = match.end()
        keys = frozenset(key for reading in readings for key in _keys(*reading))
        yield Moment(match.start(), match.end(), "date", keys, readings[0][0] or None)
    for match in _TIME.finditer(text):
        yield Moment(match.start(), match.end(), "time", frozenset(_times(match)))
    for match in _SPOKEN.finditer(text):
        key = "t0:00" if match[0].lower() == "midnight" else "t12:00"
        yield Moment(match.start(), match.end(), "time", frozenset({key}))


def offered(text: str) -> set[str]:
    """Return the dates of a text, whole and in part, and its times."""
    found: set[str] = set()
    for moment in moments(text):
        for key in moment.wanted:
            year, _, rest = key.partition("-")
            if year == "?":
                continue  # a day of another year shows nothing
            found |= {key, f"*-{rest}", f"{year}-{rest.partition('-')[0]}-*"} if rest else {key}
            if year == "*":
                found.add(f"?-{rest}")
    return found


def _read(match: re.Match[str]) -> list[tuple[str, int, int]]:
    """Return year, month and day, "" and 0 for what is not given; days and months in digits may be either way round."""
    parts = match.groupdict()
    year = parts.get("y") or ""
    if "a" in parts:
        year = year if len(year) == 4 else f"20{year}" if int(year) < 70 else f"19{year}"
        return [(year, int(parts["b"]), int(parts["a"])), (year, int(parts["a"]), int(parts["b"]))]
    if parts.get("n") in _VERBS:
        return []
    month = int(parts["m"]) if "m" in parts else _MONTH[parts["n"].lower()]
    return [(year, month, int(parts.get("d") or 0))]


def _keys(year: str, month: int, day: int) -> list[str]:
    """Name a date; one with a year is also shown by its day without any, one without by its day of any year."""
    if not day:
        return [f"{year}-{month}-*"]
    return [f"{year}-{month}-{day}", f"?-{month}-{day}"] if year else [f"*-{month}-{day}"]


def _times(match: re.Match[str]) -> list[str]:
    hour, minute = int(match[1] or match[4]), match[2] or match[5] or "00"
    if match[3]:
        hour = hour % 12 + (12 if match[3].lower() == "p" else 0)
        return [f"t{hour}:{minute}"]
    return [f"t{hour}:{minute}", f"t{(hour + 12) % 24}:{minute}"] if hour <= 12 else [f"t{hour}:{minute}"]

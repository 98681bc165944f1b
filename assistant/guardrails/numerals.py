"""Numbers as people write them, read as their values: 1,250.00 and 1.250, two hundred and fifty, 3.5 million, 20k.

A value is text in plain digits, and so exact however long it is; a unit that is known follows it after a blank.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 40
"""Characters of the longest numeral that is taken apart; a longer one is compared as it stands."""
BARE = "?"
"""The unit of a number that has none, or none that is known."""

_NUMERAL = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+)(?:[.,:/'’]\d+)*")
_FRACTION = re.compile(r"(.*)[.,](\d+)")
_THOUSANDS = re.compile(r"\d{1,3}(?:([.,'’ \u00a0\u202f])\d{3})(?:\1\d{3})*")
_UNITS = (
    "percent % pct prozent procent|eur euro euros €|usd dollar dollars $|gbp pound pounds £|chf franc francs|jpy yen ¥"
    "|second seconds|minute minutes min mins|hour hours hr hrs h|day days|week weeks|month months|year years"
    "|km kilometre kilometres kilometer kilometers|mile miles|kg kilo kilos kilogram kilograms|gb gigabyte gigabytes"
    "|mb megabyte megabytes|degree degrees °"
)
_UNIT = {name: names.split()[0] for names in _UNITS.split("|") for name in names.split()}
_AFTER = re.compile(r"[\s-]{0,2}(?:(per\scent\b|[%€$£¥°])|([^\W\d_]{1,12}))?(?:[\s-]([^\W\d_]{1,12}))?")
_BEFORE = re.compile(r"(?:[€$£¥]|\b(?:EUR|USD|GBP|CHF|JPY))\s?\Z")
_POWERS = {"hundred": 2, "thousand": 3, "k": 3, "million": 6, "millions": 6, "m": 6, "mn": 6, "mio": 6}
_POWERS |= {"billion": 9, "billions": 9, "bn": 9, "trillion": 12}
_BELOW_TWENTY = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_VALUES = {word: n for n, word in enumerate(_BELOW_TWENTY.split())}
_VALUES |= {word: 10 * n for n, word in enumerate(_TENS.split(), start=2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_WORDED = "|".join((*_VALUES, *_SCALES))
_SPELT = re.compile(
    rf"\b(?:{'|'.join(_VALUES)})(?:(?:[\s-]|\sand\s)(?:{_WORDED})){{0,12}}\b"
    r"|\b(?:a|half a)\s(?:hundred|thousand|million)\b"
)
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"
_IN_GERMAN = "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf"
_SAYS = {word: str(n) for words in (_ORDINALS, _IN_GERMAN) for n, word in enumerate(words.split(), start=1)}
_SAYS |= {"once": "1", "twice": "2", "both": "2", "pair": "2", "half": "0.5", "dozen": "12", "single": "1"}
"""Words that a text may hold for a number, but that state none."""
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number, from `start` up to `end`, and all values that it may be read as."""

    start: int
    end: int
    values: frozenset[str]
    unit: str = BARE
    spelt: bool = False

    @property
    def wanted(self) -> frozenset[str]:
        """What of `offered` shows that a text states the number: with its unit, or without any."""
        if self.unit == BARE:
            return self.values
        return frozenset(f"{value} {unit}" for value in self.values for unit in (self.unit, BARE))


def numerals(text: str) -> Iterator[Numeral]:
    """Find the numbers of a text, written in digits or spelt in English."""
    for match in _NUMERAL.finditer(text):
        values, unit, end = _sized(text, match.start(), match.end())
        yield Numeral(match.start(), end, values, unit)
    for match in _SPELT.finditer(text.lower()) if text.isascii() else _SPELT.finditer(text):
        unit = _unit(text, match.start(), match.end())
        yield Numeral(match.start(), match.end(), frozenset({str(_spelt(match[0]))}), unit, spelt=True)


def offered(text: str) -> set[str]:
    """Return all values that stand in a text, each alone and with its unit."""
    found: set[str] = set()
    for one in numerals(text):
        found |= one.values | {f"{value} {one.unit}" for value in one.values}
        # The numbers of a range, a version or a date count by themselves too.
        parts = re.split(r"[.,:/'’]", text[one.start : one.end])
        for part in parts if len(parts) > 1 and not _THOUSANDS.match(text, one.start, one.end) else ():
            if part.isdigit():
                found |= {_plain(part), f"{_plain(part)} {BARE}"}
    for word in _WORD.findall(text.lower()):
        if said := _SAYS.get(word):
            found |= {said, f"{said} {BARE}"}
    return found


def _sized(text: str, start: int, end: int) -> tuple[frozenset[str], str, int]:
    """Read a numeral with what stands behind it: a million, a letter for one, or a unit."""
    values = readings(text[start:end])
    behind = _AFTER.match(text, end)
    word = (behind[2] or "").lower() if behind else ""
    if behind is not None and (power := _POWERS.get(word)):
        scaled = frozenset(_raised(value, power) for value in values)
        whole = behind.end(2)
        unit = _unit(text, start, whole)
        return (scaled if len(word) > 3 else scaled | values), unit, whole
    return values, _unit(text, start, end), end


def _unit(text: str, start: int, end: int) -> str:
    if before := _BEFORE.search(text[max(0, start - 5) : start]):
        return _UNIT.get(before[0].strip().lower(), BARE)
    behind = _AFTER.match(text, end)
    named = [group for group in behind.groups() if group] if behind else []
    return next((_UNIT[name] for word in named if (name := _shortened(word)) in _UNIT), BARE)


def _shortened(word: str) -> str:
    return "%" if word[:3].lower() == "per" and "cent" in word.lower() else word.lower()


def readings(numeral: str) -> frozenset[str]:
    """Return the values that a numeral may have: a comma parts thousands in one country, decimals in another."""
    if len(numeral) > LONGEST:
        return frozenset({numeral})
    found = set()
    if _THOUSANDS.fullmatch(numeral):
        found.add(_plain(re.sub(r"\D", "", numeral)))
    decimal = _FRACTION.fullmatch(numeral)
    if decimal and (decimal[1].isdigit() or _THOUSANDS.fullmatch(decimal[1])):
        found.add(_plain(re.sub(r"\D", "", decimal[1]), decimal[2]))
    return frozenset(found or {_plain(numeral) if numeral.isdigit() else numeral})


def _plain(whole: str, fraction: str = "") -> str:
    fraction = fraction.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "")


def _raised(value: str, power: int) -> str:
    whole, _, fraction = value.partition(".")
    return _plain(whole + fraction[:power].ljust(power, "0"), fraction[power:])


def _spelt(phrase: str) -> int | float:
    """Read a number in words: two hundred and fifty, twenty-five, a thousand."""
    total = current = 0
    for word in _WORD.findall(phrase.lower()):
        if word in _VALUES:
            current += _VALUES[word]
        elif word == "hundred":
            current = max(1, current) * 100
        elif word in _SCALES:
            total += max(1, current) * _SCALES[word]
            current = 0
    return total + current

"""Telephone numbers without their country's prefix, verified by Google's libphonenumber.

Presidio's recogniser lets libphonenumber search the text, once for each country, which takes ten times as long as to
ask it about those numbers that are written like one or called one.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from assistant.guardrails.personal.recogniser import SURE
from assistant.guardrails.personal.windows import Text, Window

MOST = 50
"""Numbers that are verified in one text; the others of a text that has more of them count by their looks."""
DIGITS = range(7, 16)
"""How many digits a number has."""
_GROUPS = 6

_GROUP = r"(?:\(\d{1,5}\)|\d{1,15})"
_CANDIDATE = re.compile(
    rf"(?<![\w/+.=%#$€£§-]){_GROUP}(?:(?:[ .-]{{1,3}}|/|(?<=\))|(?=\()){_GROUP}){{0,9}}"
    r"(?![\w/=%]|-\w|[(,.]\d|:\d\d|\(\))"
)
_PART = re.compile(_GROUP)
_EXTENSION = re.compile(r"[ ]?(?:x|ext\.?)[ ]?\d{1,5}(?!\w)")
_CUES = re.compile(
    r"(?:\b|tele|smart|video)(?:phone|tel\b|tel[.:]|call|mobile|cell|fax|dial|ring|reach|number|registered|text me|"
    r"whatsapp|contact|handy|mobil|telefon|telef|téléph|rufe?n?\b|rufnummer|anruf|erreich|durchwahl|portable|appel|"
    r"móvil|llám|celular|cellulare)",
    re.I,
)
"""Words that make a bare run of digits a telephone number."""
_NEAR = 48
_WRITTEN = re.compile(r"\(\d{1,5}\)|00|\d+[ ./()-]+\d+[ ./()-]+\d")
_OTHER = re.compile(
    r".{1,40}/.{1,40}/|\d\.\d{3}/|.{1,40}[ .-]\d(?:[ ./-]|$)|"
    r"(?:(?:19|20)\d\d[-/. ](?:0?[1-9]|1[0-2])[-/. ]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ](?:19|20)\d\d)(?!\d)|"
    r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-\d+$|[1-9](?: \d{3})+$|"
    r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}$|"
    r"\d+\.\d+ ?- ?\d+\.\d+$|\d+\.\d+$"
)
"""Dates, ranges, fractions, lists, counts with a space between the thousands, and machines."""
_COUNT = re.compile(r"[1-9]\d{0,2}(?: \d{3}){2,}$")
"""A count of that kind, unless it is called a telephone number."""
_ACCOUNT = re.compile(
    r"(?<![\w+])(?:[A-Z]{2}\d\d(?:[ .-][A-Z0-9]{4}){3,7}(?:[ .-][A-Z0-9]{1,4})?|"
    r"\d{4}(?:[ .-]\d{4}){3}(?:[ .-]\d{1,3})?)(?!\w)"
)
"""Cards and accounts by their groups, whatever their check digits are."""
_LONGEST_ACCOUNT = 42
_MEXICAN = re.compile(r"\+52[ .-]?1(?=(?:[ .-]?\d){10}$)")
"""Mobile telephones had a 1 before their numbers in Mexico, and are still written so."""
_NAMED = re.compile(
    r"(?:\bversions?|\brelease|\bv|§|\b(?:order|invoice|identification|ident|duns|reference|ref|ticket|case|customer|serial|"
    r"batch|lot|material|article|policy|tracking|confirmation|booking|registration|part|model|item|contract|employee|member)\b.{0,3}"
    r"(?:number|num|no|nr|id|#)?\b.{0,8})[ :.(`*#]{0,4}$",
    re.I,
)
"""What a number is called that is none of a telephone."""


_OTHER_CODES = {"UK": "GB", "EN": "GB", "USA": "US", "EL": "GR", "GER": "DE"}
"""What countries are called by mistake, and their codes."""


def region(code: str) -> str:
    """Return the code of a country as libphonenumber knows it.

    Raises:
        ValueError: it knows none such.
    """
    import phonenumbers

    found = code.strip().upper()
    if found in phonenumbers.SUPPORTED_REGIONS:
        return found
    meant = _OTHER_CODES.get(found)
    hint = f"write {meant!r}" if meant else "write two letters, as 'US' or 'GB'"
    raise ValueError(f"no country's telephone numbers go by {code!r}: {hint}")


class Telephones:
    """Finds telephone numbers of some countries, in the form of a recogniser of Presidio's."""

    supported_entities = ("PHONE",)

    def __init__(self, regions: Sequence[str]) -> None:
        self._regions = tuple(regions)

    def analyze(self, text: str, entities: Any, artifacts: Any) -> Iterator[Any]:
        """Find the numbers."""
        from presidio_analyzer import RecognizerResult

        asked = _Asked(self._given_out)
        for candidate in _CANDIDATE.finditer(text):
            groups = [part.span() for part in _PART.finditer(text, *candidate.span())]
            for start, end in asked.split(text, groups) or ():
                extension = _EXTENSION.match(text, end)
                yield RecognizerResult("PHONE", start, extension.end() if extension else end, SURE)

    def _given_out(self, number: str) -> bool:
        """Whether one of the countries has given out such numbers."""
        import phonenumbers

        for region in self._regions:
            try:
                if phonenumbers.is_valid_number(phonenumbers.parse(number, region)):
                    return True
            except phonenumbers.NumberParseException:
                continue
        return False


class _Asked:
    """Splits groups of digits into numbers, and counts how many were verified in a text."""

    def __init__(self, given_out: Callable[[str], bool]) -> None:
        self._given_out = given_out
        self._left = MOST

    def split(self, text: str, groups: Sequence[Window]) -> list[Window] | None:
        """Return the numbers that the groups are, None where they cannot be: a part of a longer number is none."""
        if not groups:
            return []
        for count in range(min(_GROUPS, len(groups)), 0, -1):
            start, end = groups[0][0], groups[count - 1][1]
            if self._number(text, start, end) and (rest := self.split(text, groups[count:])) is not None:
                return [(start, end), *rest]
        return self.split(text, groups[1:]) if _beside(text, groups) else None

    def _number(self, text: str, start: int, end: int) -> bool:
        if sum(map(str.isdigit, text[start:end])) not in DIGITS or not _spoken_for(text, start, end):
            return False
        self._left -= 1
        return self._left < 0 or self._given_out(text[start:end])


def _beside(text: str, groups: Sequence[Window]) -> bool:
    """Whether the first group may stand beside a number and be none of it: a count, a year."""
    (start, end), *others = groups
    if not others:
        return end - start <= 2
    return end - start <= 4 and text[end : others[0][0]] == " " and text[others[0][0]] in "(0"


def everything_numbered(text: Text) -> list[Window]:
    """Look at all numbers of a text at once, because how many are verified is counted for all of it."""
    numbers = text.numbers()
    return [(max(0, numbers[0][0] - _NEAR), numbers[-1][1])] if numbers else []


def own(text: str, start: int, end: int, score: float) -> bool:
    """Whether a number is no part of a card's or an account's."""
    around = max(0, start - _LONGEST_ACCOUNT), min(len(text), end + _LONGEST_ACCOUNT)
    return all(one.end() <= start or end <= one.start() for one in _ACCOUNT.finditer(text, *around))


def reachable(text: str, start: int, end: int) -> bool:
    """Whether a number with the prefix of a country has as many digits as the numbers of that country."""
    if text[start : start + 1] != "+" or _NAMED.search(text, max(0, start - 40), start):
        return False
    import phonenumbers

    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(_MEXICAN.sub("+52", text[start:end])))
    except phonenumbers.NumberParseException:
        return False


def other(text: str, start: int, end: int) -> bool:
    """Whether a number is a date, a time, a fraction or a version."""
    if _OTHER.match(text[start:end]) or _NAMED.search(text, max(0, start - 40), start):
        return True
    return text[end : end + 1] == ":" and text[end + 1 : end + 3].isdigit()


def _spoken_for(text: str, start: int, end: int) -> bool:
    """Whether it is written as a telephone number or called one, and is not merely a number of an order."""
    if other(text, start, end):
        return False
    if _CUES.search(text, max(0, start - _NEAR), start):
        return True
    return _WRITTEN.match(text, start, end) is not None and not _COUNT.match(text, start, end)

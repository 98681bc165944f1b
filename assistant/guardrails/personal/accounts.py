"""What is paid with or paid to: cards, bank accounts; and addresses of machines."""

import re
from collections.abc import Iterator
from typing import Any

from assistant.guardrails.personal.recogniser import Recogniser, beside, cue, matching, patterns, scored
from assistant.guardrails.personal.windows import Text

_NO_IBAN = r"(?<![A-Z]{2}\d\d[ .-])"
"""A group that the first of an IBAN stands before is no beginning of a card."""
CARD = (
    rf"(?<![\w.+/-]){_NO_IBAN}"
    r"(?=\d(?:[ -]?\d){11,18}(?![ -]?\d))(?:4(?=(?:[ -]?\d){12})\d{3}|5[0-8]\d\d|2[2-7]\d\d|"
    r"3(?=(?:[ -]?\d){13})[04-9]\d\d|6\d{3}|1800|2131)"
    r"[ -]?\d{2,6}[ -]?\d{2,5}[ -]?\d{0,5}[ -]?\d{0,3}(?<=\d)(?![\w-]|\.\d)"
)
"""The networks' first digits; the check digit is Presidio's to verify. Presidio's own pattern knows fewer of them."""
_BETWEEN = r"(?:[ \t]{1,2}|[.]|[ ]?-[ ]?)"
SPREAD_CARD = (
    rf"(?<![\w.+/-]){_NO_IBAN}(?:[2-6]\d{{3}}(?:{_BETWEEN}\d{{4}}){{3}}(?:{_BETWEEN}\d{{1,3}})?|"
    rf"3[47]\d\d{_BETWEEN}\d{{6}}{_BETWEEN}\d{{5}})(?![\w-]|\.\d)"
)
"""One in groups, with more between them than a space or a hyphen."""
CALLED_CARD = r"(?<![\w.+/-])\d(?:[ -]?\d){11,18}(?![\w-]|\.\d)"
"""Any number with a right check digit that is called a card."""
IBAN = r"(?<![A-Za-z0-9])([A-Za-z]{2}[0-9]{2}[A-Za-z0-9]{11,30})(?![A-Za-z0-9])"
"""One without spaces, in letters of any size; Presidio's own pattern has those in groups."""
SPREAD_IBAN = (
    rf"(?<![A-Za-z0-9])([A-Z]{{2}}[0-9]{{2}}(?:{_BETWEEN}[A-Z0-9]{{4}}){{2,6}})"
    rf"((?:{_BETWEEN}[A-Z0-9]{{4}})?)((?:{_BETWEEN}[A-Z0-9]{{1,3}})?)(?![A-Za-z0-9])"
)
BANK = {
    "account": r"(?i)\b(?:account|acct\.?|a/c|routing|sort[ -]code|kontonummer|konto|blz|aba)[ ]?"
    r"(?:number|num|no\.?|nr\.?|#|code)?(?:[ ](?:is|ist))?[ ]?[:#=]?[ `*\"']{0,4}\K\d(?:[ -]?\d){5,17}(?![\w-]|\.\d)",
}
"""Numbers of accounts of banks that have no check digit: only those that are called so."""

_CARDS = ("card", "visa", "amex", "maestro", "credit", "debit")
_CARD = cue(r"card|visa|amex|maestro|credit|debit")
_BANK = ("account", "acct", "a/c", "routing", "sort code", "sort-code", "konto", "blz", "aba")
_COLONS = r"(?:[0-9A-Fa-f]{1,4}:){3}|::[0-9A-Fa-f]|[0-9A-Fa-f]::"
_PLAIN = [(mark, "") for mark in "- \t."]
"""What is left out before check digits are verified."""
_NOBODY = re.compile(
    r"(?:0|10|127|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|"
    r"2(?:2[4-9]|[34]\d|5[0-5]))\.|::|(?i:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]|ff[0-9a-f]{2}):"
)
"""Addresses of one's own machine, of private networks, and those that are reserved."""
_LONGER = re.compile(r"\.\d")


def recognisers() -> Iterator[Recogniser]:
    """Yield the recognisers of cards, accounts and addresses of machines."""
    from presidio_analyzer import Pattern
    from presidio_analyzer.predefined_recognizers.generic.credit_card_recognizer import CreditCardRecognizer
    from presidio_analyzer.predefined_recognizers.generic.iban_recognizer import IbanRecognizer
    from presidio_analyzer.predefined_recognizers.generic.ip_recognizer import IpRecognizer

    yield Recogniser("CARD", CreditCardRecognizer(patterns=[Pattern("card", CARD, 0.3)]))
    spread = [Pattern("spread", SPREAD_CARD, 0.3)]
    between = matching(r"\d{4}(?:[ \t]{2}|[ ]?-[ ]|[\t.])\d{4}|\d[\t. -]{1,3}\d{4}[\t. -]{1,3}\d{4}[\t. -]{1,3}\d")
    yield Recogniser("CARD", CreditCardRecognizer(patterns=spread, replacement_pairs=_PLAIN), between)
    called = matching(r"\d(?:[ -]?\d){11}", beside(_CARDS, 56, 80))
    yield Recogniser("CARD", CreditCardRecognizer(patterns=[Pattern("called", CALLED_CARD, 0.3)]), called, _called)
    written = [*IbanRecognizer.PATTERNS, Pattern("together", IBAN, 0.5), Pattern("spread", SPREAD_IBAN, 0.5)]
    begun = matching(r"\d\d(?<=[A-Za-z]{2}\d\d)[ \t.-]{0,3}[A-Za-z0-9]{4}", Text.digits)
    yield Recogniser("IBAN", IbanRecognizer(patterns=written, replacement_pairs=_PLAIN), begun)
    yield Recogniser("BANK", patterns("BANK", BANK), beside(_BANK, 4, 60))
    dotted = matching(r"\d\.\d{1,3}\.\d")
    four, six = _versions(IpRecognizer, Pattern)
    yield Recogniser("IP", four, dotted, _somebody)
    yield Recogniser("IP", six, matching(_COLONS, beside([":"], 48, 48)), _somebody)


def _versions(recogniser: Any, pattern: Any) -> tuple[Any, Any]:
    """Take Presidio's patterns apart: those of four numbers are common, the long ones are not."""
    four = [one for one in recogniser.PATTERNS if one.name == "IPv4"]
    six = [one for one in recogniser.PATTERNS if one.name != "IPv4"]
    return recogniser(patterns=four), recogniser(patterns=six)


def _called(text: str, start: int, end: int, score: float) -> bool:
    return scored(text, start, end, score) and _CARD.near(text, start, end)


def _somebody(text: str, start: int, end: int, score: float) -> bool:
    """Whether an address may be of somebody's machine, and not of a network's own, and is whole."""
    if _LONGER.match(text, end) or (text[start - 1 : start] == "." and text[max(0, start - 2) : start - 1].isdigit()):
        return False
    return scored(text, start, end, score) and not _NOBODY.match(text, start)

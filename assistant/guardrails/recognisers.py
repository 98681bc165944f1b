"""The recognisers of personal data and secrets: Presidio's, and our own in Presidio's form. No network is used.

Presidio's e-mail recogniser is not among them: it looks the domain up in a list that it fetches, and takes in the text
before an address in scripts that put no space there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LEAST_SCORE = 0.4
"""Presidio's score below which a match counts for nothing: bare runs of nine digits, and the like."""
CUES = re.compile(r"phone|\btel\b|tel[.:]|call|mobile|cell|fax|dial|ring|reach|number|text me|whatsapp|contact", re.I)
"""Words that make a bare run of digits a telephone number."""
NEAR = 48
LOOKS = 4
_GONE = "\n"

_LETTER = "A-Za-zÀ-ɏ"
EMAIL = (
    rf"(?<![{_LETTER}0-9._%+'-])[{_LETTER}0-9._%+'-]{{1,64}}@"
    rf"(?:[{_LETTER}0-9-]{{1,63}}\.){{1,8}}[{_LETTER}]{{2,24}}(?![A-Za-z0-9])"
)
CARD = (
    r"(?<![\w.+-])(?:4\d{3}|5[0-8]\d\d|2[2-7]\d\d|3[04-9]\d\d|6\d{3}|1800|2131)"
    r"[ -]?\d{2,6}[ -]?\d{2,5}[ -]?\d{0,5}[ -]?\d{0,3}(?![\w-]|\.\d)"
)
"""The networks' first digits; the check digit is Presidio's to verify. Presidio's own pattern knows fewer of them."""
_DIGITS_OF_PHONE = r"(?:\(\d{1,4}\)|\d)(?:[ ./-]{0,2}(?:\(\d{1,4}\)|\d)){6,14}(?:[ ]?x\d{1,5})?(?![\w/]|[-.]\d)"
PHONES = {
    "international": rf"(?<![\w+])\+{_DIGITS_OF_PHONE}",
    "called one": r"(?i)\b(?:phone|tel|telephone|mobile|cell|fax|desk|office|call|reach|answering|text|messages?)\b"
    rf"(?:[ ]?(?:number|me|us|him|her|on|at|to|is)\b){{0,3}}[ ]?[:.]?\s{{0,3}}\K{_DIGITS_OF_PHONE}",
    "named after": rf"(?i)(?<![\w+.-]){_DIGITS_OF_PHONE}(?=[ -]{{1,2}}(?:office|fax|mobile|cell|phone)\b)",
}
"""Numbers that are called telephone numbers; Presidio's recogniser knows those that a country has given out."""
KEYS = {
    "private key": r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----"
    r"(?:(?!-----END).)*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?",
    "AWS": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255})",
    "GitLab": r"\bglpat-[A-Za-z0-9_-]{16,100}",
    "Slack": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,250}",
    "Google": r"\bAIza[0-9A-Za-z_-]{30,40}",
    "OpenAI and Anthropic": r"\bsk-[A-Za-z0-9_-]{20,250}",
    "Stripe": r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,250}",
    "Hugging Face": r"\bhf_[A-Za-z0-9]{20,100}",
    "JSON web token": r"\beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,4000}(?:\.[A-Za-z0-9_-]{0,1000})?",
    "bearer": r"(?i:\bbearer)[ ]{1,3}\K(?=[^\s\"']{0,400}\d)[A-Za-z0-9._~+/-]{16,2000}=*",
    "assigned": r"(?i:\b(?:password|passwd|passphrase|pwd|api[_ -]?key|secret[_ -]?key|access[_ -]?key|secret|token))\b"
    r"[\"']?[ ]{0,3}[:=][ ]{0,3}[\"']?\K(?=[^\s\"',;]{0,200}[\d!#$%&*@])[^\s\"',;<]{6,200}",
}


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data in a text: where, and of which kind."""

    start: int
    end: int
    label: str


class Recognisers:
    """All recognisers that the policy asks for."""

    def __init__(self, labels: Sequence[str], regions: Sequence[str]) -> None:
        self._recognisers = {label: recogniser for label, recogniser in _build(regions).items() if label in labels}

    def find(self, text: str) -> list[Found]:
        """Return what was found, in order, without overlaps.

        Looked for again with what was found taken out: of two numbers side by side one may hide the other.
        """
        found: list[Found] = []
        for _ in range(LOOKS):
            fresh = self._once(text)
            found += fresh
            for one in fresh:
                text = f"{text[: one.start]}{_GONE * (one.end - one.start)}{text[one.end :]}"
            if not fresh:
                break
        return sorted(found, key=lambda one: one.start)

    def _once(self, text: str) -> list[Found]:
        """Look once; the longer of two that overlap is kept."""
        found = [found for label in self._recognisers if _possible(label, text) for found in self._of(label, text)]
        kept: list[Found] = []
        for one in sorted(found, key=lambda f: (f.start, f.start - f.end)):
            if not kept or one.start >= kept[-1].end:
                kept.append(one)
            elif one.end - one.start > kept[-1].end - kept[-1].start:
                kept[-1] = one
        return kept

    def _of(self, label: str, text: str) -> list[Found]:
        results = [r for rec in self._recognisers[label] for r in rec.analyze(text, rec.supported_entities, None)]
        spans = sorted({(r.start, r.end) for r in results if r.score >= LEAST_SCORE})
        if label == "PHONE":
            spans = [span for span in spans if _telephone(text, *span)]
        if label == "IP":
            spans = [span for span in spans if not text[slice(*span)].startswith(("127.", "0.", "::"))]
        return [Found(start, end, label) for start, end in spans]


def _possible(label: str, text: str) -> bool:
    """Whether a look is worth its time: most text holds neither an @ nor a run of digits."""
    if label == "EMAIL":
        return "@" in text
    if label == "KEY":
        return True
    return _DIGITS.search(text) is not None if label != "IP" else _DOTS.search(text) is not None


_DIGITS = re.compile(r"\d(?:[^\w\n]{0,3}\d){5}|[A-Za-z]{2}\d\d")
_DOTS = re.compile(r"\d\.\d|[0-9A-Fa-f]:[0-9A-Fa-f:]")


def _telephone(text: str, start: int, end: int) -> bool:
    """Whether it is written as a telephone number or called one, and is not merely a number of an order."""
    number = text[start:end]
    if number.startswith(("+", "(", "00")) or re.search(r"\d[ ./()-]+\d[\d]*[ ./()-]+\d", number):
        return True
    return CUES.search(text, max(0, start - NEAR), min(len(text), end)) is not None


def _build(regions: Sequence[str]) -> dict[str, list[Any]]:
    from presidio_analyzer import Pattern, PatternRecognizer
    from presidio_analyzer.predefined_recognizers.country_specific.us.us_ssn_recognizer import UsSsnRecognizer
    from presidio_analyzer.predefined_recognizers.generic.credit_card_recognizer import CreditCardRecognizer
    from presidio_analyzer.predefined_recognizers.generic.iban_recognizer import IbanRecognizer
    from presidio_analyzer.predefined_recognizers.generic.ip_recognizer import IpRecognizer
    from presidio_analyzer.predefined_recognizers.generic.phone_recognizer import PhoneRecognizer

    def own(label: str, patterns: dict[str, str], flags: int = 0) -> PatternRecognizer:
        found = [Pattern(name, pattern, 0.9) for name, pattern in patterns.items()]
        return PatternRecognizer(label, patterns=found, global_regex_flags=flags)

    return {
        "KEY": [own("KEY", KEYS, re.DOTALL)],
        "EMAIL": [own("EMAIL", {"address": EMAIL})],
        "CARD": [CreditCardRecognizer(patterns=[Pattern("card", CARD, 0.3)])],
        "IBAN": [IbanRecognizer()],
        "SSN": [UsSsnRecognizer()],
        "IP": [IpRecognizer()],
        "PHONE": [own("PHONE", PHONES), PhoneRecognizer(supported_regions=tuple(regions))],
    }

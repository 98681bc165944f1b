"""How to reach people: e-mail addresses and telephone numbers.

Presidio's e-mail recogniser is not used: it looks the domain up in a list that it fetches, and takes in the text before
an address in scripts that put no space there.
"""

import re
from collections.abc import Iterator, Sequence

from assistant.guardrails.personal.recogniser import Recogniser, beside, patterns
from assistant.guardrails.personal.telephones import Telephones, everything_numbered, other, own, reachable

_LETTER = "A-Za-zÀ-ɏ"
EMAIL = (
    rf"(?<![{_LETTER}0-9._%+'-])[{_LETTER}0-9._%+'-]{{1,64}}@"
    rf"(?:[{_LETTER}0-9-]{{1,63}}\.){{1,8}}[{_LETTER}]{{2,24}}(?![A-Za-z0-9])"
)
_REPOSITORY = re.compile(r"[:/][\w~]")
_LONGEST = 260
"""Characters of the longest address that mail servers take, and some more."""

_DIGITS = r"(?:\(\d{1,4}\)|\d)(?:[ ./-]{0,2}(?:\(\d{1,4}\)|\d)){6,14}(?:[ ]?x\d{1,5})?(?![\w/]|[-.]\d|\(\))"
PHONES = {
    "international": rf"(?<![\w+])\+{_DIGITS}",
    "called one": r"(?i)\b(?:phone|tel|telephone|mobile|cell|fax|desk|office|call|reach|answering|text|messages?)\b"
    rf"(?:[ ]?(?:number|me|us|him|her|on|at|to|is)\b){{0,3}}[ ]?[:.]?\s{{0,3}}\K{_DIGITS}",
    "named after": rf"(?i)(?<![\w+.-]){_DIGITS}(?=[ -]{{1,2}}(?:office|fax|mobile|cell|phone)\b)",
}
"""Numbers that are called telephone numbers; the others are verified as those that a country has given out."""


def recognisers(regions: Sequence[str]) -> Iterator[Recogniser]:
    """Yield the recognisers of contacts, for telephone numbers of these countries and for those with a prefix."""
    yield Recogniser("EMAIL", patterns("EMAIL", {"address": EMAIL}), beside(["@"], 66, _LONGEST), _mail)
    yield Recogniser("PHONE", patterns("PHONE", PHONES), counts=_own)
    yield Recogniser("PHONE", Telephones(regions), everything_numbered, own)


def _mail(text: str, start: int, end: int, score: float) -> bool:
    """Whether it is no user of a machine that keeps code, with the place of the code behind it."""
    return not (text.startswith(("git@", "hg@", "svn@"), start) and _REPOSITORY.match(text, end))


def _own(text: str, start: int, end: int, score: float) -> bool:
    return own(text, start, end, score) and (reachable(text, start, end) or not other(text, start, end))

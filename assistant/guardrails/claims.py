"""An answer as sentences and as words, and which of its sentences claim something that a passage could support."""

import re
import unicodedata

IDEOGRAPH = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
MARKER = re.compile(r"\s*\[\d{1,3}\]")
PLACEHOLDER = re.compile(r"<[A-Z][A-Z_]{1,30}_\d{1,4}>")
"""What stands for masked personal data."""
FEWEST = 3
"""A sentence of fewer words with meaning claims nothing, unless it states a number, a date or a name."""
STEM = 6
"""Characters by which two forms of a word are taken for one."""

_SENTENCE = re.compile(
    r"[^\s.!?。！？\n](?:[^.!?。！？\n]|[.!?](?=[^\s\"')\]\[]))*[.!?。！？]*[\"')\]]*(?:\s*\[\d{1,3}\])*"
)
_TITLES = "dr mr mrs ms prof st vs cf eg ie approx ca resp bzw"
_COUNTED = "no nos fig sec art vol p pp jan feb mar apr jun jul aug sep sept oct nov dec"
_LETTERS = r"(?:[^\W\d_]\.){0,4}[^\W\d_]"
_POINT = r"^(?:[-*•]\s{0,9})?\d{1,3}"
_SHORTENED = re.compile(rf"(?:(?:^|[\s(\"'])(?:{_TITLES.replace(' ', '|')}|{_LETTERS})|{_POINT})\.\Z", re.I)
"""An end that is none: a title, an initial or another short form, or the number of a point in a list."""
_BEFORE_NUMBER = re.compile(rf"(?:^|[\s(\"'])(?:{_COUNTED.replace(' ', '|')})\.\Z", re.I)
_SHORTEST = 16
_WORD = re.compile(rf"[{IDEOGRAPH}]|[^\W_{IDEOGRAPH}]+")
_SAID = re.compile(r"\w")
_FREQUENT = """
the and for are but not you all any can had her was one our out has have his how its may new now old see two
who did she use that this with from they will been were what when your said each which their there would about
could other into than then them these some only also such more most very just over must should does is it of
to in on at by an as or if be no we he so do up my me us am a until every get gets got because while does
"""
FREQUENT = frozenset(_FREQUENT.split())
"""Words that say nothing of what a sentence is about."""
_SPELT = "two three four five six seven eight nine ten eleven twelve"
_NUMERALS = {word: str(number) for number, word in enumerate(_SPELT.split(), start=2)}
_GIVEN = r"(?:documents?|passages?|sources?|texts?|information|context|mention|answers?)\b"
_KNOWN = (
    r"(?:know|says?|holds?|contains?|mentions?|finds?|found|answers?|states?|specif\w{1,4}|provides?|list|describe)"
)
_DECLINES = re.compile(
    r"(?:(?:sorry|unfortunately|but|however)\b,?\s)*(?:"
    rf"(?:there (?:is|are) )?no {_GIVEN}|none of (?:the|these|my|your) {_GIVEN}"
    rf"|(?:it|this|that) is not {_KNOWN}\w{{0,4}}\b"
    r"|(?:i|we) (?:cannot|can not|could not|do not|did not|\w{2,6}n['’]t|have no|am unable|are unable|am sorry)\b"
    rf".{{0,80}}\b(?:{_KNOWN}\b|{_GIVEN})"
    rf"|(?:(?:the|these|those|my|your|given|provided|available) )*{_GIVEN}.{{0,20}}"
    rf"\b(?:(?:do|does|did) not|\w{{2,5}}n['’]t|cannot) {_KNOWN}\b)",
    re.I,
)
"""The assistant says that it, or what it was given, does not know."""


def sentences(text: str) -> list[tuple[int, int]]:
    """Return where each sentence starts and ends, its citation markers included."""
    found: list[tuple[int, int]] = []
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        if found and _goes_on(text, *found[-1], start):
            start = found.pop()[0]
        found.append((start, end))
    return [(start, end) for start, end in found if _SAID.search(bare(text[start:end]))]


def _goes_on(text: str, start: int, end: int, following: int) -> bool:
    """Whether a sentence that seemed to end goes on with what follows, in the same line."""
    if "\n" in text[end:following]:
        return False
    last = text[max(start, end - _SHORTEST) : end]
    if text[following].islower() or _SHORTENED.search(last):
        return True
    return text[following].isdigit() and _BEFORE_NUMBER.search(last) is not None


def bare(sentence: str) -> str:
    """Return a sentence without its citation markers."""
    return MARKER.sub("", sentence)


def words(text: str) -> list[str]:
    """Return the words of a text as they are compared: in small letters, without accents, small numbers in digits."""
    return [_NUMERALS.get(word, word) for word in _WORD.findall(plain(text))]


def plain(text: str) -> str:
    """Return a text in small letters and without accents."""
    if text.isascii():
        return text.lower()
    split = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in split if not unicodedata.combining(c)))


def stem(word: str) -> str:
    """Return what the forms of a word have in common, roughly."""
    return word if word.isdigit() else word[:STEM].rstrip("s") or word


def content(text: str) -> list[str]:
    """Return the stems of the words that say what a text is about."""
    return [
        stem(word)
        for word in words(text)
        if word not in FREQUENT and (len(word) > 1 or word.isdigit() or word > "\x7f")
    ]


def coverage(sentence: str, passage: str) -> float:
    """Return the share of the sentence's words, by their stems, that the passage holds."""
    wanted = set(content(bare(sentence)))
    return len(wanted & set(content(passage))) / len(wanted) if wanted else 1.0


def states(sentence: str) -> bool:
    """Whether a sentence states something; questions, headings and lead-ins do not, nor does that nothing was found."""
    said = bare(sentence).strip()
    leads = said.startswith("#") or (said.rstrip("*_").endswith(":") and not any(map(str.isdigit, said)))
    return not leads and not said.endswith(("?", "？")) and _DECLINES.match(said) is None


def claims(sentence: str) -> bool:
    """Whether a sentence states enough to need support, whatever facts are in it."""
    return states(sentence) and len(set(content(bare(sentence)))) >= FEWEST

"""Proper names in a sentence, and whether a text holds them. By capitals: no recogniser of names is at hand."""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from assistant.guardrails.claims import FREQUENT, plain, words

NOUNS = 0.04
"""From which share of German function words on a text is German, in which all nouns have capitals."""
ROOT, ENDING = 4, 3
"""Iran and Iranian are one name: they share so many letters at least, and differ in so many at the end at most."""

_TOKEN = re.compile(r"[^\W_]+(?:[-&'’.][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s?\Z")
_PART = re.compile(r"[^\W_]+")
_LINKS = "of the de la le van von der den di da du del and for in"
_LINK = frozenset(_LINKS.split())
"""Small words inside a name."""
_FUNCTION = "der die das und ist nicht mit für ein eine den dem zu im auf werden sind von wird auch"
_GERMAN = frozenset(_FUNCTION.split())
_CAPITALS = """
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
october november december yes no ok okay note however please mr mrs ms dr prof british english french dutch spanish
swiss danish polish greek turkish irish welsh scottish american am pm eur usd gbp chf faq pdf ii iii iv vs
"""
_ORDINARY = FREQUENT | frozenset(_CAPITALS.split())
"""Words with a capital that are no names, or whose land goes by another word; days are told by their date."""
_BEGINNINGS = """
according after although always anyone apply ask at before both bring call check choose click complete contact dear
during email every everyone first follow go hello here hi inform keep last let mail many meet most never next notify
only open please read remember report return second see select send several since speak submit talk tell thank third
though through today tomorrow under until use usually visit whenever where whether while within without write
"""
_OPENERS = FREQUENT | frozenset(_BEGINNINGS.split())
"""Words that open a sentence with a capital, and stand before a name without being part of it."""
_LABEL = re.compile(r"[\s\"”'’)*_]{0,4}:")
_OPENS = re.compile(r"[.!?:;…\n\"“”'‘(\[*#>|•–—-]\s*\Z")


@dataclass(frozen=True, slots=True)
class Name:
    """A proper name, from `start` up to `end`, in the words that must all stand in a text."""

    start: int
    end: int
    parts: tuple[str, ...]


def holds(known: Set[str], name: Name) -> bool:
    """Whether a text holds every part of a name, in this or another form, or the whole name as its initials."""
    short = "".join(part[0] for part in name.parts)
    return all(_held(known, part) for part in name.parts) or (len(name.parts) > 1 and short in known)


def _held(known: Set[str], part: str) -> bool:
    if part in known or f"{part}…" in known or (len(part) > 2 * ENDING and f"{part[:-1]}…" in known):
        return True
    return any(part[:-cut] in known for cut in range(1, ENDING + 1) if len(part) - cut >= ROOT)


def offered(text: str) -> set[str]:
    """Return the words of a text, their beginnings, which end in an ellipsis, and the initials of its names."""
    found = set(words(text))
    begun = {f"{word[:-cut]}…" for word in found for cut in range(1, ENDING + 1) if len(word) - cut >= ROOT}
    return found | begun | set(_initials(text))


def german(texts: Sequence[str]) -> bool:
    """Whether texts are German, by their most frequent words."""
    said = [word for text in texts for word in words(text[:4000])]
    return sum(word in _GERMAN for word in said) > NOUNS * len(said)


def names(sentence: str) -> Iterator[Name]:
    """Find the proper names of a sentence: runs of words with capitals, but for a single word that opens it."""
    run: list[re.Match[str]] = []
    for token in _TOKEN.finditer(sentence):
        between = sentence[run[-1].end() : token.start()] if run else ""
        if _capital(token[0]) and (not run or between in (" ", " & ")):
            run.append(token)
            continue
        yield from _named(sentence, run)
        run = [token] if _capital(token[0]) else []
    yield from _named(sentence, run)


def _capital(word: str) -> bool:
    return word[0].isupper()


def _named(sentence: str, run: list[re.Match[str]]) -> Iterator[Name]:
    if not run:
        return
    before = sentence[max(0, run[0].start() - 8) : run[0].start()]
    if _LABEL.match(sentence, run[-1].end()):
        return  # what is explained in the same line: in a list, any word has a capital there
    parts = [_parts(token[0]) for token in run]
    if not before.strip() or _OPENS.search(before):
        # The first word of a sentence has a capital anyway; it may be part of a name, and may be a command.
        parts[0] = []
        run = run[1:] if plain(run[0][0]) in _OPENERS else run
    if wanted := tuple(part for some in parts for part in some):
        yield Name(run[0].start(), run[-1].end(), wanted)


def _parts(token: str) -> list[str]:
    found = words(_POSSESSIVE.sub("", token))
    return [part for part in found if len(part) > 1 and part.isalpha() and part not in _ORDINARY]


def _initials(text: str) -> Iterator[str]:
    """Make the short forms of the names of a text: hr of Human Resources."""
    run = ""
    for token in _PART.finditer(text):
        if token[0][0].isupper():
            run += token[0][0].lower()
            for first in range(max(0, len(run) - 6), len(run) - 1):
                yield run[first:]
        elif token[0] not in _LINK:
            run = ""

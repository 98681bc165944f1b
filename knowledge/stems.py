"""Words as they are compared: in small letters, without stop words, by their stems. Pure functions."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

_STOP_WORDS = (
    "a about after all also am an and any are as at be because been before being but by can could did do does doing "
    "for from had has have having he her here hers him his how i if in into is it its just me my no nor not of on or "
    "our ours she should so some such than that the their them then there these they this those to too us very was "
    "we were what when where which while who whom whose why will with would you your yours"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())
_WORD = re.compile(r"\w+")
_ENDINGS = (
    "ational", "ations", "ation", "ments", "ment", "ingly", "edly", "ing", "ed", "ly", "er", "or", "ness", "ion", "al",
    "ive", "e", "y",
)  # fmt: skip
SHORTEST = 3
"""The fewest characters of a stem."""


def words(text: str) -> list[str]:
    """Return the different words of a question in order, without those that say nothing of its subject."""
    found = list(dict.fromkeys(_WORD.findall(text.lower())))
    return [word for word in found if word not in STOP_WORDS] or found


def stems(text: str) -> list[str]:
    """Return the stems of all words of a text in order, stop words included."""
    return [stem(word) for word in _WORD.findall(text.lower())]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Cut the commonest endings off an English word: the plural, then one more; rougher than Porter's, and quick.

    Both sides of every comparison are cut alike, so that a stem need not be a word.
    """
    if len(word) <= SHORTEST or not word.isascii() or not word.isalpha():
        return word
    word = _singular(word)
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST:
            word = _single(word[: -len(ending)])
            break
    return word.removesuffix("i")


def pairs(found: Sequence[str]) -> list[tuple[str, str]]:
    """Return the neighbours among words."""
    return list(pairwise(found))


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("sses"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _single(word: str) -> str:
    """Undo the doubling of a last consonant, as in "planned"."""
    doubled = len(word) > SHORTEST and word[-1] == word[-2] and word[-1] not in "lsz"
    return word[:-1] if doubled else word

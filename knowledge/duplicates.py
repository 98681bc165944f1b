"""Near-duplicates: of passages that say the same only the best one is shown. Pure functions.

A passage repeats another one if all its sentences stand there, or if nearly all of their words agree in nearly the same
order and what differs is of no weight: capitals, signs, endings, "the", "please". A number, a name, a "not", a "may"
for a "must", a "sales" for a "support" always has weight, since vectors do not see it (25 and 28 days have a cosine of
0.99): two versions of a rule that differ in such a word both stay, and so do those under headings that differ in one.
"""

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge.stems import STOP_WORDS

NEAR = 0.9
"""The least cosine of near-duplicates; the names of their files may stand before them."""
SAME_WORDS = 0.9
"""The least share of words that they have in common (Sørensen 1948, Dice 1945)."""
SAME_ORDER = 0.7
"""The least share of shingles, three words in a row, that they have in common (Broder 1997)."""
SHINGLE = 3

_WORD = re.compile(r"\w+(?:['’.,-]\w+)*|[%€$£<>≤≥±]")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_WEIGHTY_TEXT = (
    "no nor not never none without except unless neither nothing nobody only cannot can't don't doesn't didn't won't "
    "isn't aren't wasn't weren't shouldn't mustn't couldn't wouldn't hasn't haven't must may might shall should can "
    "could would will need required optional forbidden prohibited allowed permitted mandatory voluntary all any each "
    "every some both either half double twice once before after until since from to by over under above below more "
    "less most least up down in out on off within beyond and or but if he she his her him i you we they"
)
_WEIGHTY = frozenset(_WEIGHTY_TEXT.split())
"""Small words that turn a sentence into another one."""
_POLITE_TEXT = "please kindly also simply really very quite indeed"
_POLITE = frozenset(_POLITE_TEXT.split())
_ENDING = re.compile(r"(?<=\w{3})(?:ing|ed|es|s|'s|’s)$")


@dataclass(frozen=True, slots=True)
class Print:
    """What of a passage is compared."""

    vector: npt.NDArray[np.float32]
    words: Counter[str]
    shingles: frozenset[tuple[str, ...]]
    sentences: frozenset[str]
    heading: Counter[str]


def fingerprint(text: str, vector: npt.NDArray[np.float32], heading: str = "") -> Print:
    """Return what of a passage, and of the headings above it, is compared with others."""
    small = _WORD.findall(text.lower())
    sentences = (" ".join(_WORD.findall(part.lower())) for part in _SENTENCE.split(text))
    return Print(
        vector=vector,
        words=Counter(small),
        shingles=frozenset(zip(*(small[i:] for i in range(SHINGLE)), strict=False)),
        sentences=frozenset(sentence for sentence in sentences if sentence),
        heading=Counter(_WORD.findall(heading.lower().replace(" > ", " "))),
    )


def repeats(this: Print, other: Print) -> bool:
    """Tell whether a passage says nothing that another one, which ranks higher, does not say."""
    if _weighty(this.heading, other.heading):
        return False
    if this.sentences <= other.sentences:
        return True
    near = float(this.vector @ other.vector) >= NEAR and _alike(this, other)
    return near and not _weighty(this.words, other.words)


def _alike(this: Print, other: Print) -> bool:
    sizes = this.words.total() + other.words.total()
    different = sum(abs(this.words[word] - other.words[word]) for word in this.words | other.words)
    order = len(this.shingles & other.shingles) / max(1, len(this.shingles | other.shingles))
    return 1 - different / max(1, sizes) >= SAME_WORDS and order >= SAME_ORDER


def _weighty(first: Counter[str], second: Counter[str]) -> bool:
    """Tell whether a word of weight stands in one more often than in the other; its other forms are the same word."""
    more, less = (first - second).keys(), (second - first).keys()
    both = {_form(word) for word in more} & {_form(word) for word in less}
    return any(_weighs(word) for word in more | less if _form(word) not in both)


def _form(word: str) -> str:
    return word if word in _WEIGHTY or not word.isalpha() else _ENDING.sub("", word)


def _weighs(word: str) -> bool:
    """Tell whether a word makes a difference: only the smallest ones, as "the" and "please", make none."""
    return word in _WEIGHTY or (word not in STOP_WORDS and word not in _POLITE)

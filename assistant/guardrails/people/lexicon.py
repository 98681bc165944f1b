"""The words that the fairness rail knows: names, groups, places, roles, gendered words, and ordinary English."""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, wraps
from pathlib import Path
from typing import TypeVar

HERE = Path(__file__).parent
LONGEST = 64
"""Characters of a word that is worth remembering."""
_T = TypeVar("_T")
_LETTERS = str.maketrans("đøłıßæœðþ’‘ʼ`", "doli" + "saodt" + "''''")
_NOT_PLAIN = re.compile("[^\x00-\x7f]+")
_ENDINGS = ("s", "es", "d", "ed", "ing", "ly", "er", "ers", "or", "able", "ness", "ment", "al", "ism", "ist", "ity")
_BEGINNINGS = ("under", "over", "un", "re", "mis", "non", "out", "co", "pre", "in", "im", "dis")


def by_word(find: Callable[[str], _T]) -> Callable[[str], _T]:
    """Remember what is found of words, but for what is too long to be one."""
    known = lru_cache(maxsize=1 << 15)(find)

    @wraps(find)
    def look(word: str) -> _T:
        return known(word) if len(word) <= LONGEST else find(word)

    return look


def fold(word: str) -> str:
    """Return a word or a text in lower case, without accents, its apostrophes straight."""
    lowered = word.lower()
    return lowered if lowered.isascii() else _NOT_PLAIN.sub(_bare, lowered)


def _bare(match: re.Match[str]) -> str:
    apart = unicodedata.normalize("NFKD", match[0].translate(_LETTERS))
    return apart if apart.isascii() else "".join(c for c in apart if not unicodedata.combining(c))


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All of them, folded."""

    given: frozenset[str]
    ambiguous: frozenset[str]
    """Names that are ordinary words as well."""
    surnames: frozenset[str]
    words: frozenset[str]
    groups: frozenset[str]
    places: frozenset[str]
    roles: frozenset[str]
    strong: frozenset[str]
    """Words that make a message about a person one about a decision."""
    weak: frozenset[str]
    """Words that do so where something is to be judged."""
    neutral: Mapping[str, str]
    """Gendered words and what stands for both."""
    group_phrases: Mapping[str, tuple[tuple[str, ...], ...]]
    """Groups of several words, by the first of them."""
    place_phrases: Mapping[str, tuple[tuple[str, ...], ...]]

    def ordinary(self, word: str) -> bool:
        """Whether a folded word is one of English that is no name, as far as its ending shows."""
        if word in self.words or word in self.roles or word in self.neutral:
            return True
        return any(stem in self.words for stem in _stems(word))

    def named(self, word: str) -> bool:
        """Whether a folded word, or each part of one with hyphens, is a known name and nothing else."""
        if "-" in word:
            parts = word.split("-")
            return all(part in self.given or part in self.surnames for part in parts if part)
        return word in self.given and word not in self.ambiguous

    def group(self, word: str) -> bool:
        """Whether a folded word names a group: by itself, or with its parts as in Nigerian-born."""
        if word in self.groups:
            return True
        first, dash, last = word.rpartition("-")
        if not dash:
            return False
        return first in self.groups or last in self.groups or last in ("born", "wearing", "presenting", "speaking")

    def both(self, word: str) -> str | None:
        """Return what stands for both a folded gendered word and its counterpart, or None for any other word."""
        if word.startswith("ex-") and word[3:] in self.neutral:
            return f"ex-{self.neutral[word[3:]]}"
        return self.neutral.get(word)


def _stems(word: str) -> Iterable[str]:
    bare = [word] + [word[len(first) :] for first in _BEGINNINGS if word.startswith(first) and len(word) > 5]
    for one in bare:
        yield one
        for ending in _ENDINGS:
            if one.endswith(ending) and len(one) - len(ending) >= 3:
                stem = one[: -len(ending)]
                yield stem
                yield f"{stem}e"
                yield f"{stem[:-1]}y" if stem.endswith("i") else stem
                yield stem[:-1] if stem[-1] == stem[-2] else stem
    if "-" in word:
        yield word.split("-")[0]


@cache
def words(name: str) -> frozenset[str]:
    """Return one of the lists of small words by its name."""
    return _words([_small()["words"][name]])


@cache
def kinds() -> Mapping[str, str]:
    """Return the letters of small words for the part that they play."""
    listed = reversed(_small()["kinds"].items())
    return {word: kind for kind, text in listed for word in text.split()}


@cache
def _small() -> dict[str, dict[str, str]]:
    return tomllib.loads((HERE / "small.toml").read_text(encoding="utf-8"))


@cache
def load() -> Lexicon:
    """Read the words from their files, once."""
    names = tomllib.loads((HERE / "names.toml").read_text(encoding="utf-8"))
    groups = tomllib.loads((HERE / "groups.toml").read_text(encoding="utf-8"))
    topics = tomllib.loads((HERE / "topics.toml").read_text(encoding="utf-8"))["topics"]
    neutral = {fold(word): name for name, text in groups["neutral"].items() for word in text.split()}
    return Lexicon(
        given=_words(names["given"].values()),
        ambiguous=_words(names["ambiguous"].values()),
        surnames=_words(names["surnames"].values()),
        words=_words([(HERE / "words.txt").read_text(encoding="utf-8")]),
        groups=_words(groups["groups"].values()),
        places=_words([groups["places"]["countries"], groups["places"]["cities"]]),
        roles=_words(groups["roles"].values()),
        strong=_words([topics["strong"]]),
        weak=_words([topics["weak"]]),
        neutral=neutral,
        group_phrases=_phrases(groups["together"]["phrases"]),
        place_phrases=_phrases(groups["places"]["phrases"]),
    )


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(word) for text in texts for word in text.split())


def _phrases(text: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return phrases by their first word, the longest first."""
    phrases = sorted((tuple(p.split()) for p in text.replace("\n", "|").split("|") if p.strip()), key=len, reverse=True)
    return {first: tuple(p for p in phrases if p[0] == first) for first in {p[0] for p in phrases}}

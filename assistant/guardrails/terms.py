"""The words of a text as numbers: single words and pairs of neighbours, hashed into buckets (Weinberger et al. 2009).

Sentence vectors blur what is done to whom, which the words tell: to kill a process, to kill a neighbour. A text is
counted once, however many of its windows are looked at.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float32]
Buckets: TypeAlias = NDArray[np.intp]

BUCKETS = 1 << 15

_TERM = re.compile(r"\w+(?:['’]\w+)?")
_LONGEST = 64
"""Characters of a word that count: what is longer is no word."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The words of one text: where each starts, its bucket, and that of the pair which it begins."""

    starts: Buckets
    words: Buckets
    pairs: Buckets
    """One fewer than words."""

    def all(self) -> Buckets:
        """Return the buckets of all words and pairs."""
        return np.concatenate([self.words, self.pairs])

    def within(self, start: int, end: int) -> Buckets:
        """Return the buckets of the words that start in text[start:end], and of the pairs among them."""
        first, last = np.searchsorted(self.starts, (start, end))
        return np.concatenate([self.words[first:last], self.pairs[first : max(first, last - 1)]])


def read(text: str) -> Terms:
    """Find the words of a text, in time linear in its length."""
    # The one letter that grows when it is made small would move all places after it.
    small = text.replace("İ", "I").lower().replace("’", "'")
    found = [(match.start(), match[0][:_LONGEST]) for match in _TERM.finditer(small)]
    words = [word for _, word in found]
    return Terms(
        np.array([start for start, _ in found], dtype=np.intp),
        np.fromiter(map(_bucket, words), dtype=np.intp, count=len(words)),
        np.fromiter(map(_bucket, _pairs(words)), dtype=np.intp, count=max(0, len(words) - 1)),
    )


def weigh(buckets: Buckets, rarity: Matrix) -> tuple[Buckets, Matrix]:
    """Return the buckets, each once, and their values: logarithmic counts times rarity, scaled to unit length."""
    found, counts = np.unique(buckets, return_counts=True)
    values = (1 + np.log(counts)) * rarity[found]
    return found, np.asarray(values / max(float(np.linalg.norm(values)), 1e-9), dtype=np.float32)


def _pairs(words: list[str]) -> Iterator[str]:
    return (f"{first} {second}" for first, second in pairwise(words))


@lru_cache(maxsize=1 << 16)
def _bucket(term: str) -> int:
    return zlib.crc32(term.encode("utf-8", "replace")) % BUCKETS

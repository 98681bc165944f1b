"""The words of a text as numbers: single words and pairs of neighbours, hashed into buckets (Weinberger et al. 2009).

Sentence vectors blur what is done to whom, which the words tell: to kill a process, to kill a neighbour. A text is
counted once, however many of its windows are looked at.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float32]
Buckets: TypeAlias = NDArray[np.intp]

BUCKETS = 1 << 15

_TERM = re.compile(r"(\w+(?:['’]\w+)?)")
_LONGEST = 64
"""Characters of a word that count: what is longer is no word."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The words of one text: where each starts, its bucket, and that of the pair which it begins."""

    starts: Buckets
    words: Buckets
    pairs: Buckets
    """One fewer than words."""
    _counts: dict[tuple[int, int], tuple[Buckets, Matrix]] = field(default_factory=dict, repr=False)

    def all(self) -> Buckets:
        """Return the buckets of all words and pairs."""
        return np.concatenate([self.words, self.pairs])

    def within(self, start: int, end: int) -> Buckets:
        """Return the buckets of the words that start in text[start:end], and of the pairs among them."""
        first, last = np.searchsorted(self.starts, (start, end))
        return np.concatenate([self.words[first:last], self.pairs[first : max(first, last - 1)]])

    def counted(self, start: int, end: int) -> tuple[Buckets, Matrix]:
        """Return the buckets within, each once, and the logarithms of their counts; found once for all heads."""
        if (start, end) not in self._counts:
            self._counts[start, end] = count(self.within(start, end))
        return self._counts[start, end]


def read(text: str) -> Terms:
    """Find the words of a text, in time linear in its length."""
    # The one letter that grows when it is made small would move all places after it.
    small = text.replace("İ", "I").lower().replace("’", "'")
    pieces = _TERM.split(small)  # what is between words, and each word after it
    starts = list(accumulate(map(len, pieces)))[:-1:2]
    words = [word[:_LONGEST] for word in pieces[1::2]]
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    return Terms(_numbers(starts), _numbers(map(_bucket, words)), _numbers(map(_bucket, pairs)))


def count(buckets: Buckets) -> tuple[Buckets, Matrix]:
    """Return the buckets, each once, and the logarithms of how often they occur, 1 for once."""
    found, counts = np.unique(buckets, return_counts=True)
    return found, 1 + np.log(counts)


def weigh(counted: tuple[Buckets, Matrix], rarity: Matrix) -> tuple[Buckets, Matrix]:
    """Return the buckets and their values: logarithmic counts times rarity, scaled to unit length."""
    found, counts = counted
    values = counts * rarity[found]
    return found, np.asarray(values / max(float(np.linalg.norm(values)), 1e-9), dtype=np.float32)


def _numbers(numbers: Iterable[int]) -> Buckets:
    return np.fromiter(numbers, dtype=np.intp)


@lru_cache(maxsize=1 << 16)
def _bucket(term: str) -> int:
    return zlib.crc32(term.encode("utf-8", "replace")) % BUCKETS

"""Small trained heads over a frozen sentence encoder and the words themselves. NumPy only, no pickle.

The vector says what a text is about; single words and pairs of them, hashed (Weinberger et al. 2009), say what is done
to whom, which sentence vectors blur: to kill a process, to kill a neighbour.
"""

import hashlib
import re
import zlib
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Embed: TypeAlias = Callable[[Sequence[str]], list[list[float]]]
Matrix: TypeAlias = NDArray[np.float32]

HEADS = Path(__file__).parent / "heads"
NONE = "none"
"""The label of a text that no rule is meant for."""
WINDOW = 110
"""Words of a window: what 256 tokens of the encoder hold of ordinary English, with room to spare."""
CHARACTERS = 900
"""Characters of a window at most, for text without spaces."""
CACHED = 2048
BUCKETS = 1 << 15
MEANING = 2.0
"""How much the vector weighs against the words, which have unit length too."""
EDGES_FROM = 3
"""From how many sentences on the first and the last are looked at by themselves."""

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_TERM = re.compile(r"\w+(?:['’]\w+)?")
_PIECE = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Score:
    """How likely a text is what a head looks for, and where."""

    label: str
    """The likeliest label other than `none`."""
    value: float
    """1 minus the probability of `none`, in [0, 1]; the highest of all windows."""
    start: int = 0
    end: int = 0


class Encoder:
    """The encoder with a memory, so that the rails share one embedding of a text and a growing one is not read twice.

    It keeps digests and vectors, not the texts.
    """

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._kept: OrderedDict[bytes, Matrix] = OrderedDict()
        self._lock = Lock()

    def __call__(self, texts: Sequence[str]) -> Matrix:
        """Return one vector of unit length a text, as rows."""
        keys = [hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest() for text in texts]
        with self._lock:
            known = {key: self._kept[key] for key in keys if key in self._kept}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            vectors = np.asarray(self._embed(list(missing.values())), dtype=np.float32)
            known |= dict(zip(missing, vectors, strict=True))
        with self._lock:
            for key in keys:
                self._kept[key] = known[key]
                self._kept.move_to_end(key)
            while len(self._kept) > CACHED:
                self._kept.popitem(last=False)
        return np.stack([known[key] for key in keys])


class Head:
    """Multinomial logistic regression over the encoder's vector of a text and over its words."""

    def __init__(self, labels: Sequence[str], rarity: Matrix, weights: Matrix, bias: Matrix) -> None:
        self.labels = tuple(labels)
        self._rarity = rarity
        self._of_vector = weights[:, :-BUCKETS]
        self._of_words = np.ascontiguousarray(weights[:, -BUCKETS:].T)
        self._bias = bias

    def save(self, path: Path) -> None:
        """Write the head as an .npz file, in half precision."""
        weights = np.concatenate([self._of_vector, self._of_words.T], axis=1).astype(np.float16)
        rarity = self._rarity.astype(np.float16)
        np.savez_compressed(path, labels=np.array(self.labels), rarity=rarity, weights=weights, bias=self._bias)

    @classmethod
    def load(cls, path: Path) -> "Head":
        """Read a head from its .npz file; one that has not changed since it was read is not read again."""
        about = path.stat()
        return _loaded(path, about.st_mtime_ns, about.st_size)

    def probabilities(self, texts: Sequence[str], vectors: Matrix) -> Matrix:
        """Return a row of probabilities, in the order of the labels, for each text and its vector."""
        logits = MEANING * vectors @ self._of_vector.T + self._bias
        for row, text in enumerate(texts):
            buckets, values = weigh(terms(text), self._rarity)
            logits[row] += values @ self._of_words[buckets]
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)

    def score(self, text: str, encoder: Encoder, places: Sequence[tuple[int, int]] | None = None) -> Score:
        """Score a text of any length: in windows, or at the places named, of which the highest counts."""
        places = windows(text) if places is None else places
        if not places:
            return Score(NONE, 0.0)
        texts = [text[start:end] for start, end in places]
        rows = self.probabilities(texts, encoder(texts))
        none = self.labels.index(NONE)
        at = int(rows[:, none].argmin())
        others = rows[at].copy()
        others[none] = -1.0
        return Score(self.labels[int(others.argmax())], float(1.0 - rows[at, none]), *places[at])


@lru_cache(maxsize=16)
def _loaded(path: Path, changed: int, size: int) -> Head:
    """Read a head; when it was changed and its size tell it from what stood in the same file before."""
    with np.load(path, allow_pickle=False) as stored:
        labels = [str(label) for label in stored["labels"]]
        rarity, weights = (np.asarray(stored[name], dtype=np.float32) for name in ("rarity", "weights"))
        return Head(labels, rarity, weights, stored["bias"])


def terms(text: str) -> Counter[int]:
    """Count the words of a text and the pairs of neighbours, by bucket."""
    words = _TERM.findall(text.lower().replace("’", "'"))
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    return Counter(map(_bucket, [*words, *pairs]))


@lru_cache(maxsize=1 << 16)
def _bucket(term: str) -> int:
    return zlib.crc32(term.encode("utf-8", "replace")) % BUCKETS


def weigh(counted: Counter[int], rarity: Matrix) -> tuple[NDArray[np.intp], Matrix]:
    """Return the buckets of a text and their values: logarithmic counts times rarity, scaled to unit length."""
    buckets = np.fromiter(counted.keys(), dtype=np.intp, count=len(counted))
    counts = np.fromiter(counted.values(), dtype=np.float32, count=len(counted))
    values = (1 + np.log(counts)) * rarity[buckets]
    return buckets, np.asarray(values / max(float(np.linalg.norm(values)), 1e-9), dtype=np.float32)


def windows(text: str) -> list[tuple[int, int]]:
    """Cut a text into the windows that the encoder reads, each overlapping the one before it by half.

    The windows of a growing text stay what they were but for the last ones.
    """
    if len(text) <= CHARACTERS and text == text.strip() and 0 < len(text.split()) < WINDOW - 1:
        return [(0, len(text))]  # as most texts are; what follows takes longer
    pieces: list[tuple[int, int]] = []
    for match in _PIECE.finditer(text):
        start, end = match.span()
        pieces += [(start, end)] if end - start <= CHARACTERS // 2 else _cut(start, end)
    while pieces and not text[slice(*pieces[-1])].strip():
        pieces.pop()
    found, first = [], 0
    while first < len(pieces):
        last, start = first, pieces[first][0]
        while last + 1 < len(pieces) and last + 1 - first < WINDOW and pieces[last + 1][1] - start <= CHARACTERS:
            last += 1
        found.append((start, pieces[last][1]))
        if last + 1 == len(pieces):
            break
        first += max(1, (last + 1 - first) // 2)
    return found


def edges(text: str) -> list[tuple[int, int]]:
    """Return the first and the last lines or sentences of a text, where a wish hides among much else."""
    found = [match.span() for match in _SENTENCE.finditer(text) if match[0].strip()]
    if len(found) < EDGES_FROM:
        return []
    return [(start, min(end, start + CHARACTERS)) for start, end in (found[0], found[-1])]


def _cut(start: int, end: int) -> list[tuple[int, int]]:
    """Cut a piece without spaces that is longer than a window."""
    return [(at, min(at + CHARACTERS // 2, end)) for at in range(start, end, CHARACTERS // 2)]

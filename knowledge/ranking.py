"""Ranking: what a passage's words and its vector say together of how well it answers a question. Pure functions.

BM25 is brought to the scale of the cosine by the weights of the question's words, so that both can be added: unlike
ranks, which reciprocal rank fusion goes by (Cormack, Clarke and Büttcher 2009), scores tell a clear winner from a tie.
For the best of them their text is looked into: how much of the question one sentence holds, and which of its words
stand side by side. README and benchmarks/results/retrieval.json say what each part is worth.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from knowledge.stems import STOP_WORDS, pairs, stem, stems, words

RRF_K = 60
"""How much lower ranks count in reciprocal rank fusion."""
WORDS = 0.2
"""The share of BM25, against that of the cosine; these three were chosen on eight sets together."""
SENTENCE = 0.1
"""What a sentence is worth that holds all words of the question."""
PAIRS = 0.075
"""What it is worth that all neighbours in the question are neighbours in the passage."""
FEW = 100
"""Of fewer passages the BM25 of a full-text search means little: a word in half of them counts for nothing there."""
LENGTH = 120
"""Words of a usual passage."""
SMALL = 300
"""A library of fewer passages is weighed as if it had so many: that a word is not in it then says little."""

Key = TypeVar("Key")

_PARTS = re.compile(r"\w+|[.!?](?=\s)|\n")
_ENDS = frozenset(".!?\n")
_NAMES = re.compile(r"(?<=[\w,] )(?!I\b)[A-Z]\w+")


@dataclass(frozen=True, slots=True)
class Query:
    """A question as its words, each weighed by how rare it is."""

    words: Sequence[str]
    weights: Mapping[str, float]
    """For each stem, the inverse document frequency."""
    total: float
    """The sum of the words' weights."""
    neighbours: Mapping[tuple[str, str], float]
    """Stems that stand side by side, one of them no stop word, with the sum of their weights."""
    unknown: float
    """The share of the weight that is of words which stand nowhere in the documents."""
    numbers: frozenset[str]
    small: bool
    """Whether there are so few passages that full text cannot tell rare words from common ones."""
    names: frozenset[str]
    """Stems of words with a capital letter, but for the first."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the words of a passage say, each from 0 to 1, by weight."""

    words: float = 0.0
    """BM25 over the most that it could be; other than that of a full-text search, above 0 in the smallest library."""
    sentence: float = 0.0
    """The share of the question that the best sentence holds."""
    neighbours: float = 0.0
    """The share of the question's neighbours that are neighbours in a sentence of the passage."""
    stems: frozenset[str] = frozenset()
    """Those of the question's that stand in the passage or the headings above it."""


def weigh(question: str, frequency: Callable[[str], int], size: int) -> Query:
    """Weigh the words of a question.

    Args:
        question: as it is searched.
        frequency: in how many passages a word is.
        size: how many passages there are.
    """
    found = words(question)
    small = size < FEW
    size = max(size, SMALL)
    counts = {word: min(frequency(word), size) for word in found}
    rarity = {word: math.log(1 + (size - n + 0.5) / (n + 0.5)) for word, n in counts.items()}
    weights: dict[str, float] = {}
    for word in found:
        weights[stem(word)] = max(rarity[word], weights.get(stem(word), 0.0))
    total = sum(rarity.values()) or 1.0
    together = {p: weights.get(p[0], 0) + weights.get(p[1], 0) for p in pairs(stems(question))}
    names = [match.group().lower() for match in _NAMES.finditer(question)]
    return Query(
        words=found,
        weights=weights,
        total=total,
        neighbours={pair: weight for pair, weight in together.items() if weight},
        unknown=sum(rarity[word] for word in found if not counts[word]) / total,
        numbers=frozenset(word for word in found if any(c.isdigit() for c in word)),
        small=small,
        names=frozenset(stem(name) for name in names if name not in STOP_WORDS),
    )


def read(query: Query, lead: str, text: str) -> Evidence:
    """Look for the words of a question in a passage and the headings above it."""
    found = list(map(stem, _PARTS.findall(text.lower())))
    above = stems(lead)
    counts = Counter(part for part in above if part in query.weights)
    # Most words of a passage stand in no question: they are passed over.
    telling = _ENDS | query.weights.keys()
    sentences: list[dict[str, float]] = [{}]
    beside: set[tuple[str, str]] = set()
    for place in [place for place, part in enumerate(found) if part in telling]:
        part = found[place]
        if part in _ENDS:
            sentences.append({})
            continue
        counts[part] += 1
        sentences[-1][part] = query.weights[part]
        beside.update(pairs(found[max(0, place - 1) : place + 2]))
    total = sum(query.weights.values()) or 1.0
    return Evidence(
        words=_bm25(query.weights, counts, len(found) + len(above)) / total,
        sentence=max(sum(there.values()) for there in sentences) / total,
        neighbours=_share(query.neighbours, beside),
        stems=frozenset(counts),
    )


def together(query: Query, bm25: float, cosine: float) -> float:
    """Add what full text and vectors say of a passage."""
    return WORDS * bm25 / query.total + (1 - WORDS) * cosine


def share(query: Query, bm25: float) -> float:
    """Return the BM25 of a full-text search, with k1 1.2, over the most that it could be."""
    return bm25 / (2.2 * query.total)


def bonus(evidence: Evidence) -> float:
    """Return what is added for what the text itself shows."""
    return SENTENCE * evidence.sentence + PAIRS * evidence.neighbours


def fuse(rankings: Sequence[Sequence[str]], k: int = RRF_K) -> list[tuple[str, float]]:
    """Join rankings of ids by reciprocal rank fusion, best first; what the benchmark measures the ranking against."""
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, name in enumerate(ranking, start=1):
            scores[name] = scores.get(name, 0.0) + 1 / (k + rank)
    return sorted(scores.items(), key=lambda item: -item[1])


def _bm25(weights: Mapping[str, float], counts: Counter[str], length: int) -> float:
    """Return BM25 (Robertson and Zaragoza 2009) with k1 1.2 and b 0.75, as a share of k1 + 1."""
    slack = 1.2 * (0.25 + 0.75 * length / LENGTH)
    return sum(weights[word] * count / (count + slack) for word, count in counts.items())


def _share(weights: Mapping[Key, float], there: Container[Key]) -> float:
    """Return the weight of those that are there, as a share of all."""
    total = sum(weights.values())
    return sum(weight for key, weight in weights.items() if key in there) / total if total else 0.0

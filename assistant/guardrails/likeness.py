"""How like a few examples a text is, held against what people ask for at large.

Three things are added up: the nearest examples (as the mean of exp(20 cosine)), less the nearest rows of a background
of everyday requests, and the direction in which examples and background are apart (ridge regression). Cosines are
taken from the background's mean, so that what all requests share does not count. What of the background is as near to
the examples as they are to each other is left out: of a bank's questions there are some in it too.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from assistant.guardrails.classifier import HEADS
from assistant.guardrails.terms import Matrix

BACKGROUND = HEADS / "background.npz"
SHARPNESS = 20.0
NEAREST = 5
"""Rows of the background that count, by the mean of their cosines."""
RISE, FOOT = 3.0, -0.5
"""A text scores at most so many times its nearness to the examples, from so low on: it may be unlike both."""
AGAINST = 0.8
"""What the background's nearness weighs against that of the examples."""
ASIDE = 0.4
"""What the direction weighs, in units of how much the nearness of examples varies."""
SPARED = 0.1
"""Which share of the examples is less near to the others than what of the background is left out."""
FOLDS = 5
USUAL, SPREAD, WORTH = -0.1, 0.2, 10
"""What examples that were left out score on average, by how much it varies, and how many examples this counts for."""
OF_PASSAGES = (0.03, 0.2)
"""Average and spread of what questions score that are held against sentences of documents, not against questions."""
ELSEWHERE, ELSEWHERE_SPREAD = -0.38, 0.14
"""What texts from elsewhere score on average, much the same whatever the examples, and by how much it varies."""


@dataclass(frozen=True, slots=True)
class Background:
    """What people ask for at large, as vectors."""

    mean: Matrix
    rows: Matrix
    """Taken from the mean, and of unit length."""
    scatter: Matrix
    """The products of the rows' columns with each other, summed."""

    @classmethod
    def of(cls, mean: Matrix, rows: Matrix) -> "Background":
        """Take the rows, scaled to unit length."""
        rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return cls(mean, rows, rows.T @ rows)

    def centre(self, vectors: Matrix) -> Matrix:
        """Take vectors from the mean, and scale them to unit length."""
        apart = vectors - self.mean
        return np.asarray(apart / np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-9), dtype=np.float32)


@cache
def background() -> Background:
    """Read the background that is stored beside the heads."""
    with np.load(BACKGROUND, allow_pickle=False) as stored:
        mean = np.asarray(stored["mean"], dtype=np.float32)
        return Background.of(mean, np.asarray(stored["rows"], dtype=np.float32))


class Likeness:
    """What a set of examples has in common; made in a fraction of a second."""

    def __init__(self, vectors: Matrix, against: Background, usual: tuple[float, float] | None = None) -> None:
        """Take the examples, and how what is like them scores.

        Args:
            vectors: the examples, at least one, as rows of unit length.
            against: the background.
            usual: average and spread of the scores of what is like the examples; by default found out by leaving some
                of them out.
        """
        self._against = against
        examples = against.centre(vectors)
        self._pull = _Pull.of(examples, against)
        mean, spread = usual or _usual(examples, against)
        # As many spreads below the examples as above what comes from elsewhere, a text is as likely either.
        self._middle = (mean * ELSEWHERE_SPREAD + ELSEWHERE * spread) / (ELSEWHERE_SPREAD + spread)
        self._spread = (spread + ELSEWHERE_SPREAD) / 4

    def outside(self, vectors: Matrix) -> Matrix:
        """Return for each vector how likely it lies outside of what the examples are about, in [0, 1]."""
        raw = self._pull(self._against.centre(vectors))
        steps = np.clip((self._middle - raw) / self._spread, -30, 30)
        return np.asarray(1 / (1 + np.exp(-steps)), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Pull:
    examples: Matrix
    rows: Matrix
    direction: Matrix

    @classmethod
    def of(cls, examples: Matrix, against: Background) -> "_Pull":
        near = _near(against.rows, examples)
        kept = np.ones(len(near), dtype=np.bool_)
        if len(examples) > 1:
            rest = examples @ examples.T
            np.fill_diagonal(rest, -1.0)
            kept = near < np.quantile(_soft(rest), SPARED)
            # However strange the examples, something must be left to hold them against.
            if kept.sum() < len(kept) // 4:
                kept[:] = True
        rows, spared = against.rows[kept], against.rows[~kept]
        direction = _direction(examples, rows, against.scatter - spared.T @ spared)
        varies = float(near[kept].std()) / max(float((rows @ direction).std()), 1e-9)
        return cls(examples, rows, np.asarray(direction * ASIDE * varies, dtype=np.float32))

    def __call__(self, vectors: Matrix) -> Matrix:
        others = vectors @ self.rows.T
        nearest = np.partition(others, -NEAREST, axis=1)[:, -NEAREST:].mean(axis=1)
        near = _near(vectors, self.examples)
        held_against = near - AGAINST * nearest + vectors @ self.direction
        return np.asarray(np.minimum(held_against, RISE * near + FOOT), dtype=np.float32)


def _near(vectors: Matrix, examples: Matrix) -> Matrix:
    return _soft(vectors @ examples.T)


def _soft(cosines: Matrix) -> Matrix:
    """Return a mean of each row in which the highest count most."""
    highest = cosines.max(axis=1, keepdims=True)
    raised = np.exp(SHARPNESS * (cosines - highest)).mean(axis=1)
    return np.asarray(np.log(raised) / SHARPNESS + highest[:, 0], dtype=np.float32)


def _direction(examples: Matrix, rows: Matrix, scatter: Matrix) -> Matrix:
    """Fit a ridge regression that tells examples from the rows, whose scatter is known; both count the same."""
    inside, outside = examples.mean(axis=0), rows.mean(axis=0)
    middle = (inside + outside) / 2
    spread = (examples.T @ examples / len(examples) + scatter / len(rows)) / 2 - np.outer(middle, middle)
    spread += np.eye(len(spread), dtype=np.float32) * np.trace(spread) / len(spread)
    return np.asarray(np.linalg.solve(spread, (inside - outside) / 2), dtype=np.float32)


def _usual(examples: Matrix, against: Background) -> tuple[float, float]:
    """Return mean and spread of what examples score that are left out, where there are few as is usual elsewhere."""
    left_out: list[NDArray[np.float32]] = []
    if len(examples) >= FOLDS:
        for fold in range(FOLDS):
            held = np.arange(len(examples)) % FOLDS == fold
            left_out.append(_Pull.of(examples[~held], against)(examples[held]))
    scores = np.concatenate([*left_out, np.zeros(0, dtype=np.float32)])
    total = len(scores) + WORTH
    mean = (float(scores.sum()) + WORTH * USUAL) / total
    variance = (float(((scores - mean) ** 2).sum()) + WORTH * SPREAD**2) / total
    return mean, variance**0.5

"""A perceptron of one hidden layer over the vectors of texts, which stands beside a head's logistic regression."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from assistant.guardrails.terms import Matrix

SCALE = 4.0
"""What vectors, each half of unit length, are multiplied by, so that the hidden units see numbers that differ."""


@dataclass(frozen=True, slots=True)
class Perceptron:
    """Weights and biases of both layers; the hidden units are rectified."""

    inner: Matrix
    """Vector by hidden units."""
    inner_bias: Matrix
    outer: Matrix
    """Hidden units by labels."""
    outer_bias: Matrix

    def logits(self, vectors: Matrix) -> Matrix:
        """Return a row of logits a vector, in the order of the head's labels."""
        hidden = np.maximum(vectors * SCALE @ self.inner + self.inner_bias, 0.0)
        return np.asarray(hidden @ self.outer + self.outer_bias, dtype=np.float32)

    def arrays(self) -> dict[str, Matrix]:
        """Return what is stored, by name, in half precision."""
        return {field.name: getattr(self, field.name).astype(np.float16) for field in fields(self)}


def together(several: Sequence[Perceptron]) -> Perceptron:
    """Return one perceptron with the hidden units of several, whose logits are the mean of theirs."""
    outer: Matrix = np.concatenate([one.outer for one in several])
    return Perceptron(
        np.concatenate([one.inner for one in several], axis=1),
        np.concatenate([one.inner_bias for one in several]),
        np.asarray(outer / len(several), dtype=np.float32),
        np.asarray(np.mean([one.outer_bias for one in several], axis=0), dtype=np.float32),
    )

"""Examples as rows of words and vectors, and the fit of one head to them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.guardrails.classifier import BUCKETS, MEANING, Head, Matrix, terms, weigh

Chosen = NDArray[np.bool_]
Names = NDArray[np.str_]
LOOSENESS = 10.0
"""The inverse of the strength of regularisation."""
WEIGHTS = {"contrast": 2.0, "everyday": 2.0, "moderation": 0.3, "aimed": 5.0, "meant": 5.0, "bipia": 5.0}
"""What an example counts, by the first part of its source, where not 1.

The labels of the moderation set are about statements, not about requests; commands in documents are few among many.
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """The windows of all examples, and which example each is of."""

    texts: list[str]
    vectors: Matrix
    owners: NDArray[np.intp]
    sources: Names
    labels: Names

    def where(self, chosen: Chosen) -> "Rows":
        """Return the rows chosen."""
        texts = [text for text, kept in zip(self.texts, chosen, strict=True) if kept]
        return Rows(texts, self.vectors[chosen], self.owners[chosen], self.sources[chosen], self.labels[chosen])

    def called(self, labels: Sequence[str]) -> "Rows":
        """Return the rows under other labels."""
        return Rows(self.texts, self.vectors, self.owners, self.sources, np.array(labels))


def fit(learnt: Rows) -> Head:
    """Fit one head to the labels of the rows."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    counted = [terms(text) for text in learnt.texts]
    found = np.zeros(BUCKETS, dtype=np.float32)
    for one in counted:
        found[list(one)] += 1
    rarity = np.asarray(np.log((1 + len(counted)) / (1 + found)) + 1, dtype=np.float32)
    weighed = [weigh(one, rarity) for one in counted]
    starts = np.cumsum([0, *(len(buckets) for buckets, _ in weighed)])
    words = csr_matrix(
        (np.concatenate([v for _, v in weighed]), np.concatenate([b for b, _ in weighed]), starts),
        shape=(len(weighed), BUCKETS),
    )
    model = LogisticRegression(C=LOOSENESS, max_iter=1000)
    worth = np.array([WEIGHTS.get(source.split("/")[0], 1.0) for source in learnt.sources])
    model.fit(csr_matrix(hstack([csr_matrix(learnt.vectors * MEANING), words])), learnt.labels, sample_weight=worth)
    weights, bias = np.asarray(model.coef_, np.float32), np.asarray(model.intercept_, np.float32)
    if len(model.classes_) == 2:
        # One logit; two rows of half of it each give the same probabilities.
        weights = np.concatenate([-weights / 2, weights / 2])
        bias = np.concatenate([-bias / 2, bias / 2])
    return Head([str(name) for name in model.classes_], rarity, weights, bias)

"""Examples as rows of words and vectors, and the fit of one head to them."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.guardrails.classifier import MEANING, NONE, Head
from assistant.guardrails.perceptron import SCALE, Perceptron, together
from assistant.guardrails.terms import BUCKETS, Matrix, count, read, weigh

Chosen = NDArray[np.bool_]
Names = NDArray[np.str_]
LOOSENESS = 10.0
"""The inverse of the strength of regularisation."""
PERCEPTRONS, HIDDEN, EPOCHS = 3, 128, 25
"""How many perceptrons are averaged, as each is mistaken elsewhere; their units, and how often one sees each text."""
WEIGHTS = {
    **dict.fromkeys(("contrast", "lookalikes", "requests", "everyday"), 2.0),
    **dict.fromkeys(("aimed", "meant", "bipia"), 5.0),
    **dict.fromkeys(("advice", "age"), 4.0),
    "moderation": 0.3,
}
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


def fit(learnt: Rows, *, lone: bool = False) -> Head:
    """Fit one head to the labels of the rows.

    Where they have vectors, a second one goes with it for the words alone, and a perceptron beside, unless it is a lone
    one: its vectors are but a few signs.
    """
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    rarity, words = _words(learnt.texts)
    worth = np.array([WEIGHTS.get(source.split("/")[0], 1.0) for source in learnt.sources])
    model = LogisticRegression(C=LOOSENESS, max_iter=1000)
    model.fit(csr_matrix(hstack([csr_matrix(learnt.vectors * MEANING), words])), learnt.labels, sample_weight=worth)
    weights, bias = np.asarray(model.coef_, np.float32), np.asarray(model.intercept_, np.float32)
    if len(model.classes_) == 2:
        # One logit; two rows of half of it each give the same probabilities.
        weights = np.concatenate([-weights / 2, weights / 2])
        bias = np.concatenate([-bias / 2, bias / 2])
    names = [str(name) for name in model.classes_]
    if lone or not learnt.vectors.shape[1] or NONE not in names:
        return Head(names, rarity, weights, bias)
    alone = LogisticRegression(C=LOOSENESS, max_iter=1000).fit(words, learnt.labels != NONE, sample_weight=worth)
    glance = np.append(alone.coef_[0], alone.intercept_).astype(np.float32)
    return Head(
        names,
        rarity,
        weights,
        bias,
        glance,
        together([_perceptron(learnt, worth, seed) for seed in range(PERCEPTRONS)]),
    )


def _perceptron(learnt: Rows, worth: Any, seed: int) -> Perceptron:
    """Fit one of what stands beside the regression, to the same labels in the same order."""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        (HIDDEN,),
        alpha=1e-3,
        learning_rate_init=3e-3,
        max_iter=EPOCHS,
        tol=0.0,
        n_iter_no_change=EPOCHS,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged: it is stopped early on purpose
        model.fit(learnt.vectors * SCALE, learnt.labels, sample_weight=worth)
    inner, outer = (np.asarray(layer, np.float32) for layer in model.coefs_)
    inner_bias, outer_bias = (np.asarray(layer, np.float32) for layer in model.intercepts_)
    if outer.shape[1] == 1:
        # One logit, as above.
        outer = np.concatenate([-outer / 2, outer / 2], axis=1)
        outer_bias = np.concatenate([-outer_bias / 2, outer_bias / 2])
    return Perceptron(inner, inner_bias, outer, outer_bias)


def _words(texts: Sequence[str]) -> tuple[Matrix, Any]:
    """Return how rare each bucket is, and a sparse row of values a text."""
    from scipy.sparse import csr_matrix

    counted = [read(text).all() for text in texts]
    found = np.zeros(BUCKETS, dtype=np.float32)
    for buckets in counted:
        found[np.unique(buckets)] += 1
    rarity = np.asarray(np.log((1 + len(counted)) / (1 + found)) + 1, dtype=np.float32)
    weighed = [weigh(count(buckets), rarity) for buckets in counted]
    starts = np.cumsum([0, *(len(buckets) for buckets, _ in weighed)])
    values, places = np.concatenate([v for _, v in weighed]), np.concatenate([b for b, _ in weighed])
    return rarity, csr_matrix((values, places, starts), shape=(len(weighed), BUCKETS))

"""Small trained heads over the vector of a text and its words. NumPy only, no pickle."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from assistant.guardrails.encoder import Encoder
from assistant.guardrails.perceptron import Perceptron
from assistant.guardrails.terms import BUCKETS, Buckets, Matrix, Terms, count, read, weigh

HEADS = Path(__file__).parent / "heads"
NONE = "none"
"""The label of a text that no rule is meant for."""
MEANING = 2.0
"""How much the vector weighs against the words, which have unit length too."""
GLANCE = 0.08
"""From which probability by its words alone a window of a long text is worth its vector."""
LONG = 60
"""Words from which on they tell so much that this holds for a text of one window, too."""
LOOKS = 1
"""How many windows of a long text are worth theirs at most: those likeliest by their words. More find little more."""
WORDS, CLOSER = 4, 3
"""A place of fewer words says too little to be among the likeliest; how many of these are worth a closer look."""
VOTE = 0.35
"""What the words alone count in the logit of a window, beside what all sees of it together."""
LEAST = 1e-4
"""The smallest probability that counts as such in a vote, as well as its opposite."""
SURE = 0.9
"""From which probability a window counts by its words alone where more than these were likely."""

Weighed = tuple[Buckets, Matrix]


@dataclass(frozen=True, slots=True)
class Score:
    """How likely a text is what a head looks for, and where."""

    label: str
    """The likeliest label other than `none`."""
    value: float
    """How likely it is, in [0, 1]; the highest of all windows."""
    start: int = 0
    end: int = 0


class Head:
    """Multinomial logistic regression over the vector of a text and over its words.

    The logits of a perceptron over the vector stand beside it, half and half. A second regression, over the words
    alone, tells which windows of a long text need a vector at all, and votes on those that get one.
    """

    def __init__(
        self,
        labels: Sequence[str],
        rarity: Matrix,
        weights: Matrix,
        bias: Matrix,
        glance: Matrix | None = None,
        perceptron: Perceptron | None = None,
    ) -> None:
        """Take what was fitted.

        Args:
            labels: the names of the classes, `none` among them.
            rarity: of each bucket.
            weights: a row a label, first of the vector and then of the buckets.
            bias: one a label.
            glance: the weights of the buckets for all but `none`, the bias last; None where there is no vector.
            perceptron: what stands beside; None where there is no vector.
        """
        self.labels = tuple(labels)
        self._rarity = rarity
        self._of_vector = weights[:, :-BUCKETS]
        self._of_words = np.ascontiguousarray(weights[:, -BUCKETS:].T)
        self._bias = bias
        self._glance = glance
        self._perceptron = perceptron

    def save(self, path: Path) -> None:
        """Write the head as an .npz file, in half precision."""
        weights = np.concatenate([self._of_vector, self._of_words.T], axis=1).astype(np.float16)
        arrays: dict[str, Any] = {"rarity": self._rarity.astype(np.float16), "weights": weights}
        if self._glance is not None:
            arrays["glance"] = self._glance.astype(np.float16)
        if self._perceptron is not None:
            arrays |= self._perceptron.arrays()
        np.savez_compressed(path, labels=np.array(self.labels), bias=self._bias, **arrays)

    @classmethod
    def load(cls, path: Path) -> "Head":
        """Read a head from its .npz file; one that has not changed since it was read is not read again."""
        about = path.stat()
        return _loaded(path, about.st_mtime_ns, about.st_size)

    def probabilities(self, texts: Sequence[str], vectors: Matrix) -> Matrix:
        """Return a row of probabilities, in the order of the labels, for each text and its vector."""
        return self._judge([weigh(count(read(text).all()), self._rarity) for text in texts], vectors)

    def score(
        self, text: str, encoder: Encoder, places: Sequence[tuple[int, int]] | None = None, glance: float = GLANCE
    ) -> Score:
        """Score a text of any length: in windows, or at the places named, of which the highest counts.

        Unless the text is one window, it is looked at from the probability `glance` on, by its words alone. The odds of
        a window are divided by the root of how many there are: each is one more chance to be mistaken.
        """
        chances, alone = 1.0, False
        if places is None:
            places = encoder.windows(text)
            chances, alone = len(places) ** 0.5, len(places) == 1
        if not places:
            return Score(NONE, 0.0)
        terms = encoder.terms(text)
        weighed = [weigh(terms.counted(start, end), self._rarity) for start, end in places]
        glanced = np.array([self._glanced(one) for one in weighed])
        looked = [0] if alone and len(terms.starts) < LONG else self._worth(glanced, GLANCE if alone else glance)
        values = np.where(glanced >= SURE, glanced, np.minimum(glanced, GLANCE))
        rows = {}
        if looked:
            vectors = encoder([text[slice(*places[at])] for at in looked])
            judged = self._judge([weighed[at] for at in looked], vectors)
            values[looked] = 1.0 - judged[:, self.labels.index(NONE)]
            rows = dict(zip(looked, judged, strict=True))
        at = int(values.argmax())
        row = rows[at] if at in rows else self._judge([weighed[at]], self._unseen())[0]
        value = float(values[at])
        return Score(self._likeliest(row), value / (value + chances * (1 - value)), *places[at])

    def likeliest(self, terms: Terms, places: Sequence[tuple[int, int]], most: int = CLOSER) -> list[tuple[int, int]]:
        """Return the places that are likeliest by their words, as far as a quick look at each tells.

        It takes a word that occurs twice for two words, so that the sums of all places come out of one pass.
        """
        if self._glance is None or not places:
            return []
        first, last = np.searchsorted(terms.starts, np.array(places)).T
        opens = np.minimum(first, len(terms.pairs))
        closes = np.maximum(opens, last - 1)
        sums = []
        for of in (self._rarity * self._glance[:-1], self._rarity**2):
            words, pairs = (np.append(0.0, np.cumsum(of[some], dtype=float)) for some in (terms.words, terms.pairs))
            sums.append(words[last] - words[first] + pairs[closes] - pairs[opens])
        likely = np.where(last - first >= WORDS, sums[0] / np.sqrt(np.maximum(sums[1], 1e-9)), -np.inf)
        best = [int(at) for at in np.argsort(-likely, kind="stable")[:most] if np.isfinite(likely[at])]
        return [places[at] for at in best]

    def _unseen(self) -> Matrix:
        """Return what stands for the vector of a window that was not looked at."""
        return np.zeros((1, self._of_vector.shape[1]), dtype=np.float32)

    def _likeliest(self, row: Matrix) -> str:
        """Return the likeliest label other than `none`."""
        return max((label for label in self.labels if label != NONE), key=lambda label: row[self.labels.index(label)])

    def _worth(self, glanced: Matrix, least: float) -> list[int]:
        """Return the windows to look at: the likeliest by their words, or all."""
        if self._glance is None:
            return list(range(len(glanced)))
        likeliest = np.argsort(-glanced, kind="stable")[:LOOKS]
        return [int(at) for at in likeliest if glanced[at] >= least]

    def _glanced(self, weighed: Weighed) -> float:
        """Return how likely a window is anything but `none`, by its words alone."""
        if self._glance is None:
            return 1.0
        buckets, values = weighed
        return float(1 / (1 + np.exp(-(values @ self._glance[buckets] + self._glance[-1]))))

    def _judge(self, weighed: Sequence[Weighed], vectors: Matrix) -> Matrix:
        logits = MEANING * vectors @ self._of_vector.T + self._bias
        for row, (buckets, values) in enumerate(weighed):
            logits[row] += values @ self._of_words[buckets]
        if self._perceptron is not None:
            logits = (logits + self._perceptron.logits(vectors)) / 2
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return self._voted(raised / raised.sum(axis=1, keepdims=True), [self._glanced(one) for one in weighed])

    def _voted(self, rows: Matrix, glanced: Sequence[float]) -> Matrix:
        """Let the words alone vote: what a vector takes for an attempt, or for harm, mostly says so as well."""
        if self._glance is not None:
            none = self.labels.index(NONE)
            voted = (1 - VOTE) * _logit(rows[:, none]) - VOTE * _logit(glanced)
            left = 1 / (1 + np.exp(-voted))
            rows[:, none] = 0
            rows *= ((1 - left) / np.maximum(rows.sum(axis=1), 1e-30))[:, None]
            rows[:, none] = left
        return np.asarray(rows, dtype=np.float32)


def _logit(probabilities: Any) -> Any:
    held = np.clip(probabilities, LEAST, 1 - LEAST)
    return np.log(held / (1 - held))


@lru_cache(maxsize=16)
def _loaded(path: Path, changed: int, size: int) -> Head:
    """Read a head; when it was changed and its size tell it from what stood in the same file before."""
    with np.load(path, allow_pickle=False) as stored:
        numbers = {name: np.asarray(stored[name], dtype=np.float32) for name in stored if name != "labels"}
        labels = [str(label) for label in stored["labels"]]
    layers = [numbers[field.name] for field in fields(Perceptron) if field.name in numbers]
    perceptron = Perceptron(*layers) if layers else None
    return Head(labels, numbers["rarity"], numbers["weights"], numbers["bias"], numbers.get("glance"), perceptron)

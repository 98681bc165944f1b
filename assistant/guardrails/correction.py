"""What a company's own decisions change in a head: a correction of its logits near the texts that were decided."""

import hashlib
import logging
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from assistant.errors import BadInput
from assistant.guardrails.classifier import HEADS, Head, Weighed
from assistant.guardrails.terms import Matrix

log = logging.getLogger(__name__)

SHARPNESS = 5
"""The power of the cosine by which a decision reaches other texts: at 0.87 by half, at 0.4 by a hundredth."""
DAMAGED = (BadZipFile, OSError, EOFError, ValueError, KeyError, zlib.error)
"""What reading a damaged file may raise."""
_LEAST = 1e-7
"""The least probability whose logarithm is taken."""


def likeness(vectors: Matrix, decided: Matrix) -> Matrix:
    """Return how near each text is to each decided one, in [0, 1]; a text without a vector is near none."""
    lengths = np.linalg.norm(vectors, axis=1)[:, None] * np.linalg.norm(decided, axis=1)[None, :]
    cosines = vectors @ decided.T / np.maximum(lengths, 1e-9)
    return np.asarray(np.maximum(cosines, 0) ** SHARPNESS, dtype=np.float32)


def logits(head: Head, texts: Sequence[str], vectors: Matrix) -> Matrix:
    """Return the logarithms of a head's probabilities, which are its logits but for a constant a row."""
    return _logits(head.probabilities(texts, vectors))


def _logits(probabilities: Matrix) -> Matrix:
    return np.log(np.maximum(probabilities, _LEAST))


@dataclass(frozen=True, slots=True)
class Correction:
    """What is added to the logits of a head: weights of the decided texts, times how near a text is to each of them."""

    labels: tuple[str, ...]
    vectors: Matrix
    """One row a decided text. Vectors tell something of their texts: they are kept where the texts are."""
    weights: Matrix
    """One row a decided text, one column a label."""
    base: str
    """The digest of the head that it corrects; it fits no other."""

    def __call__(self, vectors: Matrix) -> Matrix:
        """Return what is to be added, one row a text and one column a label."""
        return np.asarray(likeness(vectors, self.vectors) @ self.weights, dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write the correction as an .npz file."""
        np.savez_compressed(
            path,
            labels=np.array(self.labels),
            vectors=self.vectors.astype(np.float16),
            weights=self.weights,
            base=np.array(self.base),
        )

    @classmethod
    def load(cls, path: Path) -> "Correction":
        """Read a correction from its .npz file."""
        with np.load(path, allow_pickle=False) as stored:
            labels = tuple(str(label) for label in stored["labels"])
            vectors, weights = (np.asarray(stored[name], dtype=np.float32) for name in ("vectors", "weights"))
            return cls(labels, vectors, weights, str(stored["base"]))

    @classmethod
    def fits(cls, path: Path) -> bool:
        """Say whether the correction in a file is for the head that is shipped now; one that is damaged is not."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                return str(stored["base"]) == base(path.stem)
        except DAMAGED:
            return False


class Corrected(Head):
    """A head with a correction. Windows of a long text that are judged by their words alone are not corrected."""

    def __init__(self, head: Head, correction: Correction) -> None:
        """Take over what was fitted, and correct what it says."""
        self.__dict__.update(vars(head))
        self._correction = correction

    def _judge(self, weighed: Sequence[Weighed], vectors: Matrix) -> Matrix:
        return softmax(_logits(super()._judge(weighed, vectors)) + self._correction(vectors))


def softmax(values: Matrix) -> Matrix:
    """Return the probabilities that belong to rows of logits."""
    raised = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def base(name: str) -> str:
    """Return the digest of a shipped head, by the name of its rail."""
    files = sorted(HEADS.glob(f"{name}*.npz"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def corrected(head: Head, name: str, folder: Path | None) -> Head:
    """Return a shipped head with the correction that a refit has stored in a folder; as it is where there is none.

    A correction for another release's head would be of no use: it is passed over, and that is logged.

    Raises:
        BadInput: what is stored there cannot be read.
    """
    if folder is None or not (file := folder / f"{name}.npz").exists():
        return head
    try:
        correction = Correction.load(file)
    except DAMAGED as error:
        raise BadInput(f"{file} is damaged: go back with `python -m assistant refit --undo`, then refit") from error
    if correction.base != base(name) or correction.labels != head.labels:
        log.warning("The head %r is newer than its refit: run `python -m assistant refit` again", name)
        return head
    return Corrected(head, correction)

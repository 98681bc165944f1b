"""Train the heads of the injection and harm rails and of the scan of documents.

    python -m assistant.guardrails.training DATA_DIR

DATA_DIR holds the public sets that heads/MODEL_CARD.md names; what was written for this lies beside the heads. The
stored heads have seen everything: `python -m benchmarks.guardrails DATA_DIR` measures such as have seen one half, and
`python -m benchmarks.injection DATA_DIR` the scan's.
"""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.guardrails import document_training, task_training
from assistant.guardrails.classifier import HEADS, NONE
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.examples import HARM, INJECTION, Example, gather
from assistant.guardrails.fitting import Rows, fit
from assistant.guardrails.views import Views
from assistant.guardrails.windows import edges, windows

log = logging.getLogger(__name__)


def rows(examples: Sequence[Example], views: Encoder) -> Rows:
    """Cut the examples into windows and look at these, and at the edges of harmless texts, as the harm rail does."""
    cut = [(i, example.text[a:b]) for i, example in enumerate(examples) for a, b in _places(example)]
    texts = [text for _, text in cut]
    return Rows(
        texts,
        np.concatenate([views(texts[first : first + 256]) for first in range(0, len(texts), 256)]),
        np.array([i for i, _ in cut]),
        np.array([examples[i].source for i, _ in cut]),
        np.array([examples[i].label for i, _ in cut]),
    )


def _places(example: Example) -> list[tuple[int, int]]:
    """Return where to look; what stands at the edge of a harmful text may be harmless by itself."""
    return [*windows(example.text), *(edges(example.text) if example.label == NONE else ())]


def injections(found: Rows) -> Rows:
    """Return all rows, labelled for the injection head: harm by itself is not an attempt."""
    return found.called([label if label == INJECTION else NONE for label in found.labels])


def harms(found: Rows) -> Rows:
    """Return the rows for the harm head, without jailbreaks, and with a category for those whose source names none."""
    found = found.where(found.labels != INJECTION)
    named = fit(found.where((found.labels != NONE) & (found.labels != HARM)))
    best = named.probabilities(found.texts, found.vectors).argmax(axis=1)
    return found.called(
        [named.labels[i] if label == HARM else label for label, i in zip(found.labels, best, strict=True)]
    )


def train(examples: Sequence[Example], views: Encoder, folder: Path = HEADS) -> None:
    """Fit and store both heads."""
    found = rows(examples, views)
    log.info("%d windows of %d texts", len(found.texts), len(examples))
    fit(injections(found)).save(folder / f"{INJECTION}.npz")
    fit(harms(found)).save(folder / f"{HARM}.npz")
    log.info("The heads of the injection and harm rails are stored")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sets = Path(sys.argv[1])
    document_training.train(sets)
    task_training.train(sets, [piece.text for piece in document_training.cut(sets)])
    train(gather(sets), Encoder(Views()))

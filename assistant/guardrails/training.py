"""Train the heads of the injection and harm rails, and measure them on sources they have not seen.

    python -m assistant.guardrails.training DATA_DIR

DATA_DIR holds the public sets that heads/MODEL_CARD.md names; what was written for this lies beside the heads. Half of
each large harmless source is kept from the heads that are measured; the heads that are stored have seen everything.
"""

import json
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.guardrails.classifier import (
    BUCKETS,
    HEADS,
    MEANING,
    NONE,
    Embed,
    Encoder,
    Head,
    Matrix,
    terms,
    weigh,
    windows,
)
from assistant.guardrails.examples import HARM, INJECTION, SEED, Example, gather

log = logging.getLogger(__name__)

Chosen = NDArray[np.bool_]
Names = NDArray[np.str_]
LOOSENESS = 10.0
"""The inverse of the strength of regularisation."""
WEIGHTS = {"contrast": 2.0, "everyday": 2.0, "moderation": 0.3}
"""What an example counts, where not 1: the labels of the moderation set are about statements, not about requests."""
HALVED = ("banking77", "clinc", "wildguard", "moderation", "handbook")
ALARMS = ("banking77", "clinc", "wildguard", "handbook")


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


def rows(examples: Sequence[Example], embed: Embed) -> Rows:
    """Cut the examples into windows and embed these."""
    encoder = Encoder(embed)
    cut = [(i, example.text[a:b]) for i, example in enumerate(examples) for a, b in windows(example.text)]
    texts = [text for _, text in cut]
    vectors = np.concatenate([encoder(texts[first : first + 256]) for first in range(0, len(texts), 256)])
    return Rows(
        texts,
        vectors,
        np.array([i for i, _ in cut]),
        np.array([examples[i].source for i, _ in cut]),
        np.array([examples[i].label for i, _ in cut]),
    )


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
    worth = np.array([WEIGHTS.get(source, 1.0) for source in learnt.sources])
    model.fit(csr_matrix(hstack([csr_matrix(learnt.vectors * MEANING), words])), learnt.labels, sample_weight=worth)
    weights, bias = np.asarray(model.coef_, np.float32), np.asarray(model.intercept_, np.float32)
    if len(model.classes_) == 2:
        # One logit; two rows of half of it each give the same probabilities.
        weights = np.concatenate([-weights / 2, weights / 2])
        bias = np.concatenate([-bias / 2, bias / 2])
    return Head([str(name) for name in model.classes_], rarity, weights, bias)


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


def measure(found: Rows, unseen: Sequence[str], seen: Sequence[str]) -> dict[str, Any]:
    """Measure a head on each `unseen` source with that source left out, and on halves of the `seen` ones.

    Returns:
        For each source the share found, and the false alarms on the harmless sources, at several thresholds.
    """
    kept = np.random.default_rng(SEED).integers(0, 2, int(found.owners.max()) + 1).astype(bool)[found.owners]
    figures: dict[str, Any] = {}
    for source in (*unseen, *seen):
        away = (found.sources == source) & (kept | (source in unseen))
        away |= np.isin(found.sources, HALVED) & kept
        head = fit(found.where(~away))
        judged = found.where(away)
        scores = 1 - head.probabilities(judged.texts, judged.vectors)[:, head.labels.index(NONE)]
        figures[source] = _shares(judged, scores, source)
        log.info("%s: %s", source, json.dumps(figures[source]))
    return figures


def _shares(judged: Rows, scores: Matrix, source: str) -> dict[str, dict[str, float]]:
    _, firsts = np.unique(judged.owners, return_index=True)
    highest = np.maximum.reduceat(scores, firsts)
    sources, labels = judged.sources[firsts], judged.labels[firsts]
    groups: dict[str, Chosen] = {
        "found": (sources == source) & (labels != NONE),
        "alarms in it": (sources == source) & (labels == NONE),
    } | {f"alarms on {name}": (sources == name) & (labels == NONE) for name in ALARMS}
    return {
        f"{threshold:.2f}": {
            name: round(float((highest[chosen] >= threshold).mean()), 4)
            for name, chosen in groups.items()
            if chosen.any()
        }
        for threshold in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    }


def train(data: Path, embed: Embed, folder: Path = HEADS) -> None:
    """Measure and store both heads, with their figures."""
    found = rows(gather(data), embed)
    log.info("%d windows of %d texts", len(found.texts), len(set(found.owners)))
    figures = {}
    plans: tuple[tuple[str, Callable[[Rows], Rows], tuple[str, ...], tuple[str, ...]], ...] = (
        (INJECTION, injections, ("dan", "contrast"), ("in-the-wild",)),
        (HARM, harms, ("advbench", "catqa", "harmbench", "contrast"), ("advbench", "catqa", "harmbench", "moderation")),
    )
    for name, shape, unseen, seen in plans:
        shaped = shape(found)
        figures[name] = {"left out": measure(shaped, unseen, ()), "other half": measure(shaped, (), seen)}
        fit(shaped).save(folder / f"{name}.npz")
    (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    from knowledge.embeddings import Encoder as Embedder

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    embedder = Embedder("embedded")
    train(Path(sys.argv[1]), lambda texts: embedder.encode([embedder.shorten(text) for text in texts]).tolist())

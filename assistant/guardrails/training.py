"""Train the heads of the injection and harm rails and of the scan of documents, and measure them on unseen sources.

    python -m assistant.guardrails.training DATA_DIR

DATA_DIR holds the public sets that heads/MODEL_CARD.md names; what was written for this lies beside the heads. Half of
each large harmless source is kept from the heads that are measured; the heads that are stored have seen everything.
The scan's heads are measured by `python -m benchmarks.injection DATA_DIR`.
"""

import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.guardrails import document_training
from assistant.guardrails.classifier import HEADS, NONE, Embed, Encoder, Matrix, windows
from assistant.guardrails.examples import HARM, INJECTION, SEED, Example, gather
from assistant.guardrails.fitting import Chosen, Rows, fit

log = logging.getLogger(__name__)

HALVED = ("banking77", "clinc", "wildguard", "moderation", "handbook")
ALARMS = ("banking77", "clinc", "wildguard", "handbook")


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
    document_training.train(Path(sys.argv[1]))
    embedder = Embedder("embedded")
    train(Path(sys.argv[1]), lambda texts: embedder.encode([embedder.shorten(text) for text in texts]).tolist())

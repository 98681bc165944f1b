"""Make the background of the domain rail: what people ask for at large, as vectors.

    python -m assistant.guardrails.background DATA_DIR

DATA_DIR holds the public sets that heads/BACKGROUND.md names, of which it reads training parts. Texts are not stored.
"""

import csv
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from assistant.guardrails.classifier import HEADS
from assistant.guardrails.encoder import Embed
from assistant.guardrails.examples import SEED
from assistant.guardrails.likeness import BACKGROUND

AN_INTENT = 4
"""Utterances of each intent of CLINC150."""
FEW = 100
"""Texts of each of the other sets."""


def texts(data: Path | None) -> Iterator[str]:
    """Yield the texts of the background; without the public sets, only what was written for it."""
    for name in ("anything", "everyday"):
        yield from (row["text"] for row in _rows(HEADS / f"{name}.jsonl"))
    if data is None:
        return
    clinc = json.loads((data / "topic/clinc/data_train_val.json").read_text(encoding="utf-8"))
    of_intent: dict[str, list[str]] = {}
    for text, intent in clinc["train"]:
        of_intent.setdefault(intent, []).append(text)
    for _, said in sorted(of_intent.items()):
        yield from _few(said, AN_INTENT)
    yield from _few([text for text, _ in clinc["oos_train"]], FEW)
    with (data / "topic/banking77/train.csv").open(encoding="utf-8", newline="") as file:
        yield from _few([row["text"] for row in csv.DictReader(file)], FEW)
    tasks = _rows(data / "instructions/self-instruct/data/seed_tasks.jsonl")
    yield from _few([task["instruction"] for task in tasks], FEW)
    yield from _few([row["question"] for row in _rows(data / "qa/nqopen/NQ-open.dev.jsonl")], FEW)


def make(found: list[str], embed: Embed, path: Path = BACKGROUND) -> None:
    """Embed the texts and store their mean, and how each differs from it, in a byte a number."""
    vectors = np.asarray(embed(found), dtype=np.float32)
    mean = vectors.mean(axis=0)
    apart = vectors - mean
    apart /= np.linalg.norm(apart, axis=1, keepdims=True)
    rows = np.round(apart * (127 / np.abs(apart).max())).astype(np.int8)
    np.savez_compressed(path, mean=mean, rows=rows)


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def _few(found: list[str], most: int) -> list[str]:
    return sorted(random.Random(SEED).sample(found, min(most, len(found))))


if __name__ == "__main__":
    from knowledge.embeddings import Encoder

    make(list(texts(Path(sys.argv[1]))), Encoder("embedded").embed_stretches)

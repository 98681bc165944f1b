"""Answers that no head of the rails learns from: of three sets, and how those of AdvBench begin."""

import csv
import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

MTRAG = "reference_subset_with_human_evaluations.json"
SEED = 7
MOST = 150
"""Answers of each set."""


def harmless(data: Path) -> dict[str, list[str]]:
    """Return a sample of the answers of each set, to ordinary questions; nobody has looked through all of them."""
    judged = json.loads((data / "qa/mtrag-human/mtrag-human/evaluations" / MTRAG).read_text(encoding="utf-8"))
    trees = (data / "preferences/oasst/model/model_eval/manual/data/en_100_tree.jsonl").read_text(encoding="utf-8")
    rows = (data / "preferences/grounded.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        "FineGrainedRLHF": _sample({json.loads(row)["prediction 1"] for row in rows}),
        "MT-RAG": _sample({row["model_response"] for row in judged["evaluations"]}),
        "OpenAssistant": _sample({text for line in trees.splitlines() for text in _said(json.loads(line)["prompt"])}),
    }


def openings(data: Path, requests: Iterable[str]) -> list[str]:
    """Return how AdvBench lets a harmful answer to each of its requests begin."""
    with (data / "safety/advbench/harmful_behaviors.csv").open(encoding="utf-8", newline="") as file:
        targets = {row["goal"]: row["target"] for row in csv.DictReader(file)}
    return [targets[request] for request in requests if request in targets]


def _said(message: dict[str, Any]) -> Iterator[str]:
    """Yield what the assistant says in a tree of messages."""
    if message.get("role") == "assistant":
        yield message["text"]
    for reply in message.get("replies", ()):
        yield from _said(reply)


def _sample(texts: set[str]) -> list[str]:
    return random.Random(SEED).sample(sorted(texts), min(MOST, len(texts)))

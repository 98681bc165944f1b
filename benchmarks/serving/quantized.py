"""Weights of eight bits on a processor: tokens a second of one stream over those of bf16 or fp32, and what they cost.

Run: python -m benchmarks.serving.quantized [--rounds 5]. Both models are asked in turn; the quality is that of answers
to the questions on the sample handbook (finetune/evaluation/grounded.jsonl). Writes
benchmarks/results/serving_quantized.json.
"""

import argparse
import json
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from assistant import settings
from assistant.model.local import LocalModel
from assistant.server import quiet_libraries
from benchmarks import machine
from benchmarks.grounded import HANDBOOK, measured, rows
from benchmarks.serving.engine import TOPICS, says, streamed
from finetune import models
from finetune.models import Loaded

RESULTS = Path(__file__).parents[1] / "results" / "serving_quantized.json"


def speeds(loaded: dict[str, Loaded], rounds: int) -> dict[str, Any]:
    """Write an answer with each in turn, and return tokens a second."""
    served = {name: LocalModel(one, context=2048) for name, one in loaded.items()}
    found: dict[str, list[float]] = {name: [] for name in served}
    for number in range(rounds + 1):
        asked = says(f"Explain {TOPICS[number % len(TOPICS)]} in detail, in many sentences.")
        for name, model in served.items():
            made = streamed(model, asked)
            if number:
                found[name].append(made["tokens"] / made["total"])
    ratios = [small / large for small, large in zip(found["8bit"], found["none"], strict=True)]
    return {
        "tokens/s": {name: round(median(values), 1) for name, values in found.items()},
        "ratio": round(median(ratios), 3),
        "ratio of each round": [round(one, 3) for one in ratios],
    }


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    quiet_libraries()
    before = machine.clock()
    with tempfile.TemporaryDirectory() as home:
        loaded = {
            name: models.load(settings.load(home=Path(home), quantize=name).finetune) for name in ("none", "8bit")
        }
    result = speeds(loaded, rounds)
    print(json.dumps(result), flush=True)
    result["type of the others"] = str(loaded["none"].model.dtype)
    result["handbook"] = {name: measured(one, rows(HANDBOOK)) for name, one in loaded.items()}
    result["lent"] = machine.lent(before)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()

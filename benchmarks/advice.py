"""How many questions for a doctor, a lawyer or an adviser the advice rail finds, and how many others it takes for some.

Run: python -m benchmarks.advice. `advice.jsonl` was written for this by somebody who saw neither the rail nor what its
head learnt; no head learns from it. Harmless prompts of the other rails' sets are looked at as well. Writes
benchmarks/results/advice.json.
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from assistant.guardrails import policy
from assistant.guardrails.advice import Advice
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.rails import Context, Rails
from assistant.guardrails.settings import RailSettings
from assistant.guardrails.views import Views

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "advice.json"


def read(name: str) -> list[dict[str, Any]]:
    """Read a file of examples."""
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def share(rail: Advice, texts: list[str]) -> dict[str, Any]:
    """Return of how many texts the rail says that they ask for advice."""
    found = [rail(text, Context("input")).action != "allow" for text in texts]
    return {"texts": len(found), "found": round(float(np.mean(found)), 4)}


def measure(rail: Advice) -> dict[str, Any]:
    """Measure the rail on all sets."""
    by_label = defaultdict(list)
    for row in read("advice.jsonl"):
        by_label[row.get("category", row["label"])].append(row["text"])
    asked = [text for label, texts in by_label.items() if label != "none" for text in texts]
    return {
        "threshold": rail.threshold,
        "asks for advice": share(rail, asked),
        "by field": {label: share(rail, texts) for label, texts in by_label.items() if label != "none"},
        "asks for none": share(rail, by_label["none"]),
        "harmless prompts with trigger words": share(rail, [row["harmless"] for row in read("contrast.jsonl")]),
        "over-refusal set": share(rail, [row["text"] for row in read("overrefusal.jsonl")]),
    }


def main() -> None:
    """Measure the rail as shipped."""
    views = Encoder(Views())
    rails: Rails = policy.build(RailSettings(), policy.Means(views, views))
    rail = next(rail for rail in rails.input if isinstance(rail, Advice))
    result = measure(rail)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()

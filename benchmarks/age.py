"""How much of what is not for children the age rail finds, and how much it takes for that which is fit for them.

Run: python -m benchmarks.age. `age.jsonl` was written for this by somebody who saw neither the rail nor what its head
learnt; no head learns from it. What all rails together stop of it is measured as well, and what the age rail says of
harmless prompts of grown-ups. Writes benchmarks/results/age.json.
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any, Literal

from assistant.guardrails import policy
from assistant.guardrails.age import Age
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.rails import Context, Rail, check
from assistant.guardrails.settings import RailSettings
from assistant.guardrails.views import Views
from knowledge import embeddings

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "age.json"


def read(name: str) -> list[dict[str, str]]:
    """Read a file of examples."""
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def stopped(rails: tuple[Rail, ...], texts: list[str], side: Literal["input", "output"]) -> dict[str, Any]:
    """Return how many texts the rails stop for a child."""
    found = sum(check(rails, text, Context(side, "child")).stopped for text in texts)
    return {"texts": len(texts), "stopped": round(found / len(texts), 4)}


def of_side(rails: tuple[Rail, ...], side: Literal["input", "output"]) -> dict[str, Any]:
    """Measure the age rail, and all rails, on one side."""
    by_label = defaultdict(list)
    for row in read("age.jsonl"):
        if row["side"] == side:
            by_label[row["label"]].append(row["text"])
    fit = by_label.pop("none")
    unfit = [text for texts in by_label.values() for text in texts]
    age = tuple(rail for rail in rails if isinstance(rail, Age))
    return {
        "not for children": {"age": stopped(age, unfit, side), "all rails": stopped(rails, unfit, side)},
        "fit for children": {"age": stopped(age, fit, side), "all rails": stopped(rails, fit, side)},
        "by subject": {label: stopped(age, texts, side) for label, texts in by_label.items()},
    }


def main() -> None:
    """Measure the rail as shipped."""
    settings = RailSettings()
    encoder = Encoder(embeddings.Encoder(embeddings.EMBEDDED).embed_stretches)
    rails = policy.build(settings, policy.Means(encoder, Encoder(Views())))
    age = tuple(rail for rail in rails.input if isinstance(rail, Age))
    result = {
        "thresholds": {"messages": settings.age.child_threshold, "answers": settings.age.child_output_threshold},
        "messages": of_side(rails.input, "input"),
        "answers": of_side(rails.output, "output"),
        "harmless prompts with trigger words": stopped(
            age, [row["harmless"] for row in read("contrast.jsonl")], "input"
        ),
    }
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()

"""How well the embedded model answers from passages, with and without the grounded adapter.

Run: python -m benchmarks.grounded [ROWS]. Scores the sample handbook's questions (finetune/evaluation/grounded.jsonl)
and, where the folder ROWS of benchmarks/grounded_rows.py is given, its held-out questions. Writes
benchmarks/results/grounded.json.
"""

import json
import sys
from pathlib import Path
from typing import Any

from finetune import models, settings
from finetune.evaluation.generation import generate
from finetune.evaluation.texts import abstained, overlap

RESULTS = Path(__file__).parent / "results"
HANDBOOK = Path("finetune/evaluation/grounded.jsonl")
LONGEST = 15
"""Words of the longest answer counted: longer ones are free prose, which F1 does not measure."""


def rows(file: Path) -> list[dict[str, Any]]:
    """Read questions with short answers, or none."""
    read = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [row for row in read if not row["answers"] or len(row["answers"][0].split()) < LONGEST]


def score(model: str, questions: list[dict[str, Any]]) -> dict[str, float]:
    """Answer all questions greedily and score the answers."""
    loaded = models.load(settings.load(model=model))
    said = generate(loaded, [row.get("messages") or row["prompt"] for row in questions], max_tokens=60)
    held = [(row, answer) for row, answer in zip(questions, said, strict=True) if row["answers"]]
    absent = [answer for row, answer in zip(questions, said, strict=True) if not row["answers"]]
    return {
        "answer_f1": mean([overlap(answer, row["answers"]) for row, answer in held]),
        "right_citation": mean([row["marker"] in answer for row, answer in held]),
        "declined_rightly": mean([abstained(answer) for answer in absent]),
        "declined_wrongly": mean([abstained(answer) for _, answer in held]),
    }


def mean(values: list[float] | list[bool]) -> float:
    """Return the mean, rounded."""
    return round(sum(values) / max(1, len(values)), 3)


def main(folder: Path | None) -> None:
    """Score both models on each set and write the result."""
    sets = {"handbook": rows(HANDBOOK)}
    if folder is not None:
        sets["xquad_held_out"] = rows(folder / "held_out.jsonl")
    result = {
        name: {
            "questions": len(questions),
            "without": score(models.PLAIN, questions),
            "with": score(models.EMBEDDED, questions),
        }
        for name, questions in sets.items()
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "grounded.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)

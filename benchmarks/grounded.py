"""How well the embedded model answers from passages, with and without the grounded adapter.

Run: python -m benchmarks.grounded [ROWS]. Scores the sample handbook's questions
(finetune/evaluation/grounded.jsonl) and, where the folder ROWS of benchmarks/grounded_rows.py is given, its questions
of articles held out: each among four passages with and without the one that answers it, all of one article, and of
several. Writes benchmarks/results/grounded.json.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.shared_answers import answers
from finetune import models, settings
from finetune.evaluation.generation import generate
from finetune.evaluation.texts import abstained, overlap

RESULTS = Path(__file__).parent / "results" / "grounded.json"
HANDBOOK = Path("finetune/evaluation/grounded.jsonl")
TOKENS = 60
"""Where an answer is cut."""


def rows(file: Path) -> list[dict[str, Any]]:
    """Read questions; without answers, the passages do not hold one."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def score(model: str, questions: list[dict[str, Any]], adapter: Path | None = None) -> dict[str, float]:
    """Answer all questions greedily and score the answers."""
    return measured(models.load(settings.load(model=model), adapter=adapter), questions)


def measured(loaded: models.Loaded, questions: list[dict[str, Any]]) -> dict[str, float]:
    """Do it with a model that is loaded."""
    prompts = [row.get("messages") or row["prompt"] for row in questions]
    keys = [passages(prompt) for prompt in prompts]
    if len(set(keys)) < len(keys) / 2:
        said = answers(loaded, zip(keys, prompts, strict=True), max_tokens=TOKENS)
    else:  # hardly any prompts share their passages, so that batches of whole prompts are faster
        said = generate(loaded, prompts, max_tokens=TOKENS)
    held = [(row, answer) for row, answer in zip(questions, said, strict=True) if row["answers"]]
    absent = [answer for row, answer in zip(questions, said, strict=True) if not row["answers"]]
    return {
        "answer_f1": mean([overlap(answer, row["answers"]) for row, answer in held]),
        "right_citation": mean([row["marker"] in answer for row, answer in held]),
        "declined_rightly": mean([abstained(answer) for answer in absent]),
        "declined_wrongly": mean([abstained(answer) for _, answer in held]),
    }


def passages(prompt: list[dict[str, str]]) -> str:
    """Return what stands before the question; prompts with the same are read together."""
    return prompt[-1]["content"].rpartition("\n\nQuestion: ")[0]


def mean(values: list[float] | list[bool]) -> float:
    """Return the mean, rounded."""
    return round(sum(values) / max(1, len(values)), 3)


def main() -> None:
    """Score both models on each set and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=Path, nargs="?")
    parser.add_argument("--adapter", type=Path, help="score this adapter alone, and write nothing")
    args = parser.parse_args()
    sets = {"handbook": rows(HANDBOOK)}
    if args.rows is not None:
        sets["xquad_held_out"] = rows(args.rows / "held_out.jsonl")
        sets["xquad_held_out_apart"] = rows(args.rows / "held_out_apart.jsonl")
    if args.adapter is not None:
        for name, questions in sets.items():
            print(name, json.dumps(score(models.PLAIN, questions, args.adapter)), flush=True)
        return
    result = {
        name: {
            "questions": len(questions),
            "without": score(models.PLAIN, questions),
            "with": score(models.EMBEDDED, questions),
        }
        for name, questions in sets.items()
    }
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()

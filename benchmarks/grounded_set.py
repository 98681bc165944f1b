"""Make finetune/evaluation/grounded.jsonl, the questions by which the gate judges grounded answering.

Run: python -m benchmarks.grounded_set. The questions are those of the sample handbook and of
benchmarks/handbook_questions.jsonl, the passages what the knowledge base finds, the prompts those of the chat; nothing
of it is in what the grounded adapter learnt from.
"""

import json
import tempfile
from pathlib import Path

from assistant.prompts import prompt_of
from assistant.retrieval import numbered
from assistant.samples.make import HANDBOOK
from knowledge.library import Library
from knowledge.settings import load

QUESTIONS = (HANDBOOK.parent / "questions.jsonl", Path(__file__).with_name("handbook_questions.jsonl"))
TARGET = Path("finetune/evaluation/grounded.jsonl")


def rows(library: Library) -> tuple[list[dict], list[dict]]:
    """Build the answerable and the unanswerable rows, in the order of the questions."""
    answerable, unanswerable = [], []
    lines = [line for file in QUESTIONS for line in file.read_text(encoding="utf-8").splitlines()]
    for question in map(json.loads, lines):
        found = numbered(library.search(question["question"], k=4))
        messages = prompt_of(question["question"], found)
        row = {"messages": list(messages), "answers": question["answers"], "marker": None}
        if not question["answers"]:
            unanswerable.append(row)
            continue
        wanted = " ".join(question["sentence"].split())
        right = [one.marker for one in found if wanted in " ".join(one.text.split())]
        if right:
            answerable.append(row | {"marker": f"[{right[0]}]"})
    return answerable, unanswerable


def main() -> None:
    """Write the set."""
    with tempfile.TemporaryDirectory() as home:
        library = Library(load(home=Path(home)))
        for path in sorted(HANDBOOK.iterdir()):
            library.add(path)
        answerable, unanswerable = rows(library)
        library.close()
    print(len(answerable), "answerable with the right passage,", len(unanswerable), "unanswerable")
    kept = [json.dumps(row, ensure_ascii=False) + "\n" for row in (*answerable, *unanswerable)]
    TARGET.write_text("".join(kept), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Make the second helping of rows for the grounded adapter: questions written for passages of real handbooks.

Run: python -m benchmarks.handbook_rows HOME QUESTIONS EARLIER OUT

HOME is a home folder with the documents, QUESTIONS a JSONL file of {"id" of a passage, "question", "answer", empty
where the passage does not hold one}, EARLIER the rows of benchmarks/grounded_rows.py, of which a part is shown again.
"""

import json
import random
import sys
from pathlib import Path
from typing import Any

from assistant.prompts import ABSTENTION, CHAT, GROUNDED, ask
from knowledge.documents import Passage
from knowledge.library import Library
from knowledge.settings import load

WORDS = 110
"""A distractor is cut to as many words, so that more questions are seen in the same time."""


def shown(passage: Passage, *, cut: bool) -> tuple[str, str]:
    """Return title and text as the chat shows them."""
    heading = passage.location.heading
    title = f"{passage.title} > {heading}" if heading and heading != passage.title else passage.title
    return title, " ".join(passage.text.split(" ")[:WORDS]) if cut else passage.text


def row(question: str, passages: list[tuple[str, str]], answer: str, marker: int | None) -> dict[str, Any]:
    """Shape one example."""
    said = f"{answer.rstrip('.')} [{marker}]." if marker else ABSTENTION
    return {
        "prompt": [{"role": "system", "content": GROUNDED}, {"role": "user", "content": ask(question, passages)}],
        "completion": [{"role": "assistant", "content": said}],
        "answers": [answer] if marker else [],
        "marker": f"[{marker}]" if marker else None,
    }


def rows(library: Library, questions: list[dict[str, str]], rng: random.Random) -> list[dict[str, Any]]:
    """Put each question among the passages that a search finds; for a part of them, without the right one."""
    made = []
    for asked in questions:
        own = next(p for p in library.passages(asked["id"].split(":")[0]) if p.id == asked["id"])
        others = [p for p in library.search(asked["question"], k=5) if p.id != own.id][: rng.choice([2, 3])]
        texts = [shown(p, cut=True) for p in others]
        if asked["answer"] and rng.random() < 0.2:
            made.append(row(asked["question"], texts, "", None))
        place = rng.randrange(len(texts) + 1)
        texts.insert(place, shown(own, cut=False))
        made.append(row(asked["question"], texts, asked["answer"], place + 1 if asked["answer"] else None))
    return made


def main(home: Path, questions: Path, earlier: Path, out: Path) -> None:
    """Write the rows."""
    rng = random.Random(11)
    library = Library(load(home=home))
    asked = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    made = rows(library, asked, rng)
    before = [json.loads(line) for line in (earlier / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    chats = [r for r in before if r["prompt"][0]["content"] == CHAT]
    again = [r for r in before if r["prompt"][0]["content"] != CHAT and len(r["prompt"][1]["content"]) < 2500]
    made += rng.sample(chats, 60) + rng.sample(again, 110)
    rng.shuffle(made)
    out.mkdir(parents=True, exist_ok=True)
    (out / "train.jsonl").write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in made), "utf-8")
    print(len(made), "rows,", sum(not r.get("answers") and "marker" in r for r in made), "of them to decline")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:5]))

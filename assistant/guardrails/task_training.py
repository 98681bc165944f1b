"""Train the head that finds questions and tasks which have nothing to do with the page they stand on.

What is asked of assistants is put into real pages, as somebody would who smuggles it in; what real pages ask of their
readers stays where it stands. By itself `python -m assistant.guardrails.task_training DATA_DIR` takes a minute.
"""

import json
import logging
import random
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.guardrails.classifier import HEADS, NONE, Head
from assistant.guardrails.document_training import INNOCENT, attacks, contexts, cut
from assistant.guardrails.documents import FIRST
from assistant.guardrails.examples import INJECTION, SEED, Example
from assistant.guardrails.fitting import Rows, fit
from assistant.guardrails.misplaced import Asked, asked

log = logging.getLogger(__name__)

PLACES = ("start", "middle", "end")
SAMPLE = 300
"""How many questions are drawn of CLINC150."""
TIMES = {"written": 6, "people": 2, "plain": 9}
"""Into how many pages each is put, by source; the others into one."""
TALK = ("small_talk", "utility", "home", "kitchen_and_dining", "meta", "travel")
"""The domains of CLINC150 that are asked of an assistant rather than of a bank or an employer."""
_ASKING = frozenset(
    (
        *("what", "who", "when", "where", "why", "how", "which", "is", "are", "can", "do", "does", "did", "will"),
        *("could", "should", "was", "were"),
    )
)
_BREAKS = re.compile(r"[.!?]\s+(?=[A-Z\[(\"'])")


def tasks(data: Path) -> Iterator[Example]:
    """Read what people ask of assistants: the list written for this, and some of CLINC150."""
    for row in _rows(HEADS / "tasks.jsonl"):
        if "task" in row:
            yield Example("written", row["task"], INJECTION)
    drawn = random.Random(SEED).sample(_talk(data), SAMPLE)
    yield from (Example("clinc", _sentence(one), INJECTION) for one in drawn)


def plain(data: Path) -> list[Example]:
    """Read those of BIPIA's attacks that are plain questions and tasks."""
    kinds = ((example, example.source.split("/")[1]) for example in attacks(data))
    return [Example(f"plain/{kind}", example.text, INJECTION) for example, kind in kinds if kind in INNOCENT]


def insert(host: str, attack: str, place: str, rng: random.Random) -> tuple[str, int]:
    """Put an attack into a text on lines of its own, as BIPIA does; return the text and where the attack begins."""
    if place == "start":
        return f"{attack}\n{host}", 0
    if place == "end":
        return f"{host}\n{attack}", len(host) + 1
    at = rng.choice([0, *(match.end() for match in _BREAKS.finditer(host))])
    return f"{host[:at]}\n{attack}\n{host[at:]}", at + 1


def train_tasks(learnt: Sequence[Example], companies: Sequence[str], others: Mapping[str, Sequence[str]]) -> Head:
    """Fit the head.

    Args:
        learnt: what is asked of assistants.
        companies: passages of companies; what they ask is meant for people.
        others: e-mails, tables and code, of which the same is true.
    """
    rng = random.Random(SEED)
    meant = [Example("people", row["meant"], NONE) for row in _rows(HEADS / "tasks.jsonl") if "meant" in row]
    found = [
        (example, text, one) for example in (*learnt, *meant) for text, one in _placed(example, companies, others, rng)
    ]
    for source, texts in {"company": companies, **others}.items():
        found += [(Example(source, "", NONE), text, one) for text in texts for one in asked(text)]
    return fit(
        Rows(
            [FIRST + text[one.start : one.end] for _, text, one in found],
            np.stack([one.signs for _, _, one in found]),
            np.arange(len(found)),
            np.array([example.source for example, _, _ in found]),
            np.array([example.label for example, _, _ in found]),
        ),
        lone=True,
    )


def _placed(
    example: Example, companies: Sequence[str], others: Mapping[str, Sequence[str]], rng: random.Random
) -> Iterator[tuple[str, Asked]]:
    """Put an example into some pages, half of them of companies, and yield what is asked there by it."""
    for time in range(TIMES.get(example.source.split("/")[0], 1)):
        host = rng.choice(companies if rng.random() < 0.5 else others[rng.choice(("email", "table", "code"))])
        text, at = insert(host, example.text, PLACES[time % 3], rng)
        yield from ((text, one) for one in asked(text) if at <= one.start and one.end <= at + len(example.text))


def other_pages(data: Path, half: int | None = None) -> Mapping[str, Sequence[str]]:
    """Return the texts besides companies' by kind; of BIPIA's e-mails, tables and code one half, where one is named."""
    found: dict[str, list[str]] = {"email": [], "table": [], "code": []}
    for example in contexts(data):
        found[example.source.split("/")[1]].append(example.text)
    unique = {kind: list(dict.fromkeys(texts)) for kind, texts in found.items()}
    unique["table"] = random.Random(SEED).sample(unique["table"], 200)
    return {kind: texts if half is None else texts[half::2] for kind, texts in unique.items()}


def train(data: Path, companies: Sequence[str], folder: Path = HEADS) -> None:
    """Fit and store the head, on everything."""
    train_tasks([*tasks(data), *plain(data)], companies, other_pages(data)).save(folder / "task.npz")
    log.info("The head for questions and tasks is stored")


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}{'?' if words.split()[0] in _ASKING else '.'}"


def _talk(data: Path) -> list[str]:
    sets = json.loads((data / "topic/clinc/data_train_val.json").read_text(encoding="utf-8"))
    domains = json.loads((data / "topic/clinc/domains.json").read_text(encoding="utf-8"))
    kept = {intent for domain in TALK for intent in domains.get(domain, ())} | {"oos"}
    return [text for name in sorted(sets) for text, intent in sets[name] if intent in kept]


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    train(Path(sys.argv[1]), [piece.text for piece in cut(Path(sys.argv[1]))])

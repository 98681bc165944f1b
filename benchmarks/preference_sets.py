"""Pairs of answers that people compared, with the chat's own prompts."""

import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.prompts import build_prompt
from finetune.examples import Message

SEED = 7
FIRST, SECOND = 1, 2


@dataclass(frozen=True, slots=True)
class Compared:
    """One question with its passages, a good answer, and answers that people compared two by two."""

    prompt: tuple[Message, ...]
    gold: str
    pairs: tuple[tuple[str, str], ...]
    """Each a better and a worse answer."""


def read(data: Path, tokenizer: Any, longest: int) -> list[Compared]:
    """Read `preferences/grounded.jsonl`; passages are left out from the end until all fits into `longest` tokens."""
    lines = (data / "preferences/grounded.jsonl").read_text(encoding="utf-8").splitlines()
    return [one for line in lines if (one := _fitted(json.loads(line), tokenizer, longest))]


def split(compared: list[Compared], share: float) -> tuple[list[Compared], list[Compared]]:
    """Hold out a share of the questions."""
    shuffled = random.Random(SEED).sample(compared, len(compared))
    kept = round(share * len(shuffled))
    return shuffled[kept:], shuffled[:kept]


def rows(compared: list[Compared]) -> list[dict[str, Any]]:
    """Shape all pairs as TRL's preference rows."""
    return [
        {"prompt": list(one.prompt), "chosen": said(better), "rejected": said(worse)}
        for one in compared
        for better, worse in one.pairs
    ]


def said(text: str) -> list[Message]:
    """Return a text as the answer that it is."""
    return [Message(role="assistant", content=text)]


def _fitted(row: dict[str, Any], tokenizer: Any, longest: int) -> Compared | None:
    answers = [row["gold"], *(row[f"prediction {number}"] for number in range(1, 5))]
    for kept in range(len(row["passages"]), 0, -1):
        passages = [(one[0], " ".join(one[1:])) for one in row["passages"][:kept]]
        prompt = build_prompt(row["question"], passages)
        whole = [*prompt, *said(max(answers, key=len))]
        if len(tokenizer.apply_chat_template(whole, return_dict=False)) <= longest:
            return Compared(prompt, row["gold"], tuple(_pairs(row)))
    return None


def _pairs(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for (one, other), verdict in zip(itertools.combinations(range(1, 5), 2), row["preference"], strict=True):
        first, second = row[f"prediction {one}"], row[f"prediction {other}"]
        if verdict and first != second:
            yield (first, second) if verdict == FIRST else (second, first)

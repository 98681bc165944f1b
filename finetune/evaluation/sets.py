"""The question sets that every adapter is judged on, beside the ratings held out. They come with the package."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.errors import BadInput
from finetune.examples import Message, parse_messages, read_objects

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class GroundedQuestion:
    """A question with passages before it; without answers, the passages do not hold one."""

    messages: tuple[Message, ...]
    answers: tuple[str, ...]
    marker: str | None
    """The citation of the passage that holds the answer, like [2]."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that should be declined where it is harmful, and answered where it only looks so."""

    messages: tuple[Message, ...]
    harmful: bool


@dataclass(frozen=True, slots=True)
class ChoiceQuestion:
    """A question with one right answer among several."""

    messages: tuple[Message, ...]
    choices: tuple[str, ...]
    answer: int


@dataclass(frozen=True, slots=True)
class Sets:
    """All sets, and a digest that names this version of them."""

    grounded: tuple[GroundedQuestion, ...]
    refusals: tuple[Request, ...]
    general: tuple[ChoiceQuestion, ...]
    digest: str


def read(folder: Path = FOLDER) -> Sets:
    """Read the three sets of a folder: grounded.jsonl, refusals.jsonl, general.jsonl.

    Raises:
        BadInput: a file is missing, or a row is not of its form; the text names file and line.
    """
    paths = [folder / f"{name}.jsonl" for name in ("grounded", "refusals", "general")]
    grounded, refusals, general = ([(f"{path}:{number}", row) for number, row in read_objects(path)] for path in paths)
    return Sets(
        grounded=tuple(_grounded(row, where) for where, row in grounded),
        refusals=tuple(_request(row, where) for where, row in refusals),
        general=tuple(_choice(row, where) for where, row in general),
        digest=hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16],
    )


def _grounded(row: dict[str, Any], where: str) -> GroundedQuestion:
    answers, marker = row.get("answers"), row.get("marker")
    if not isinstance(answers, list) or bool(answers) != isinstance(marker, str):
        raise BadInput(f"{where}: a grounded question has a list of answers, and a marker where that is not empty")
    return GroundedQuestion(parse_messages(row.get("messages"), where), tuple(map(str, answers)), marker)


def _request(row: dict[str, Any], where: str) -> Request:
    if not isinstance(row.get("harmful"), bool):
        raise BadInput(f"{where}: harmful must be true or false")
    return Request(parse_messages(row.get("messages"), where), row["harmful"])


def _choice(row: dict[str, Any], where: str) -> ChoiceQuestion:
    choices, answer = row.get("choices"), row.get("answer")
    if not isinstance(choices, list) or not isinstance(answer, int) or not 0 <= answer < len(choices):
        raise BadInput(f"{where}: a general question has a list of choices, and the index of the right one as answer")
    return ChoiceQuestion(parse_messages(row.get("messages"), where), tuple(map(str, choices)), answer)

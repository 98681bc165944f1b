"""The question sets that every adapter is judged on, beside the ratings held out. They come with the package."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from finetune.errors import BadInput
from finetune.evaluation.formats import CHECKS
from finetune.examples import Message, parse_messages, read_objects

FOLDER = Path(__file__).parent
Row = dict[str, Any]
Parsed = TypeVar("Parsed")


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
class ClosedQuestion:
    """A question of common knowledge, with all wordings of its answer that count as right."""

    messages: tuple[Message, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum, with the number it comes to."""

    messages: tuple[Message, ...]
    number: float


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction on the form of an answer, with the checks of `formats` that tell whether it was kept to."""

    messages: tuple[Message, ...]
    checks: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stereotype:
    """A sentence that stands once with the group that the stereotype is of, and once with another."""

    kind: str
    before: str
    stereotyped: str
    other: str
    after: str


@dataclass(frozen=True, slots=True)
class Sets:
    """All sets, and a digest that names this version of them."""

    grounded: tuple[GroundedQuestion, ...]
    refusals: tuple[Request, ...]
    general: tuple[ChoiceQuestion, ...]
    closed_book: tuple[ClosedQuestion, ...]
    arithmetic: tuple[Sum, ...]
    formats: tuple[Instruction, ...]
    stereotypes: tuple[Stereotype, ...]
    digest: str


def read(folder: Path = FOLDER) -> Sets:
    """Read the sets of a folder: one JSONL file for each field of `Sets`.

    Raises:
        BadInput: a file is missing, or a row is not of its form; the text names file and line.
    """
    names = ("grounded", "refusals", "general", "closed_book", "arithmetic", "formats", "stereotypes")
    return Sets(
        grounded=_rows(folder, "grounded", _grounded),
        refusals=_rows(folder, "refusals", _request),
        general=_rows(folder, "general", _choice),
        closed_book=_rows(folder, "closed_book", _closed),
        arithmetic=_rows(folder, "arithmetic", _sum),
        formats=_rows(folder, "formats", _instruction),
        stereotypes=_rows(folder, "stereotypes", _stereotype),
        digest=hashlib.sha256(b"".join((folder / f"{name}.jsonl").read_bytes() for name in names)).hexdigest()[:16],
    )


def _rows(folder: Path, name: str, parse: Callable[[Row, str], Parsed]) -> tuple[Parsed, ...]:
    path = folder / f"{name}.jsonl"
    return tuple(parse(row, f"{path}:{number}") for number, row in read_objects(path))


def _grounded(row: Row, where: str) -> GroundedQuestion:
    answers, marker = row.get("answers"), row.get("marker")
    if not isinstance(answers, list) or bool(answers) != isinstance(marker, str):
        raise BadInput(f"{where}: a grounded question has a list of answers, and a marker where that is not empty")
    return GroundedQuestion(parse_messages(row.get("messages"), where), tuple(map(str, answers)), marker)


def _request(row: Row, where: str) -> Request:
    if not isinstance(row.get("harmful"), bool):
        raise BadInput(f"{where}: harmful must be true or false")
    return Request(parse_messages(row.get("messages"), where), row["harmful"])


def _choice(row: Row, where: str) -> ChoiceQuestion:
    choices, answer = row.get("choices"), row.get("answer")
    if not isinstance(choices, list) or not isinstance(answer, int) or not 0 <= answer < len(choices):
        raise BadInput(f"{where}: a general question has a list of choices, and the index of the right one as answer")
    return ChoiceQuestion(parse_messages(row.get("messages"), where), tuple(map(str, choices)), answer)


def _closed(row: Row, where: str) -> ClosedQuestion:
    answers = row.get("answers")
    if not isinstance(answers, list) or not answers or not all(isinstance(one, str) and one for one in answers):
        raise BadInput(f"{where}: a question of common knowledge has a list of answers that count as right")
    return ClosedQuestion(parse_messages(row.get("messages"), where), tuple(answers))


def _sum(row: Row, where: str) -> Sum:
    number = row.get("number")
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise BadInput(f"{where}: a sum has the number that it comes to")
    return Sum(parse_messages(row.get("messages"), where), float(number))


def _instruction(row: Row, where: str) -> Instruction:
    checks = row.get("checks")
    if not isinstance(checks, dict) or not checks or not set(checks) <= set(CHECKS):
        raise BadInput(f"{where}: an instruction has checks, out of {', '.join(CHECKS)}")
    return Instruction(parse_messages(row.get("messages"), where), checks)


def _stereotype(row: Row, where: str) -> Stereotype:
    keys = ("kind", "before", "stereotyped", "other", "after")
    if not all(isinstance(row.get(key), str) for key in keys) or not row["after"].strip():
        raise BadInput(f"{where}: a stereotype has the texts {', '.join(keys)}, and the last one is not empty")
    return Stereotype(*(row[key] for key in keys))

"""Rated answers, the form in which a thumb travels from the chat to the weights: JSONL, one object a line. Pure."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

from finetune.errors import BadInput

ROLES = ("system", "user", "assistant")


class Message(TypedDict):
    """One message of a prompt, as chat templates take it."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class RatedAnswer:
    """An answer that somebody rated, with the very messages that the model saw when it gave it."""

    turn_id: str
    conversation_id: str
    prompt: tuple[Message, ...]
    answer: str
    rating: Literal["up", "down"]
    correction: str | None = None
    reasons: tuple[str, ...] = ()
    comment: str | None = None
    model: str = ""
    adapter: str | None = None

    @property
    def liked(self) -> bool:
        """Whether the thumb was up."""
        return self.rating == "up"


def write(path: Path, rows: Iterable[RatedAnswer]) -> int:
    """Write rated answers as JSONL and return how many there were."""
    lines = [json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows]
    path.write_text("".join(lines), encoding="utf-8")
    return len(lines)


def read_objects(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Read the JSON objects of a JSONL file, each with the number of its line.

    Raises:
        BadInput: the file cannot be read, or a line is not a JSON object.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read as UTF-8 text: {error}") from error
    return [(number, _object(line, f"{path}:{number}")) for number, line in enumerate(lines, 1) if line.strip()]


def parse_messages(value: object, where: str) -> tuple[Message, ...]:
    """Check a list of messages: roles that are known, contents that are text.

    Raises:
        BadInput: it is not such a list; the text begins with `where`.
    """
    if not isinstance(value, list) or not value:
        raise BadInput(f"{where}: a prompt must be a list of messages, and not an empty one")
    return tuple(_message(item, where) for item in value)


def _message(item: object, where: str) -> Message:
    if not isinstance(item, dict) or item.get("role") not in ROLES or not isinstance(item.get("content"), str):
        raise BadInput(f"{where}: a message needs a role ({', '.join(ROLES)}) and a content that is text")
    return Message(role=item["role"], content=item["content"])


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadInput(f"{where}: not JSON ({error.msg}, column {error.colno})") from error
    if not isinstance(row, dict):
        raise BadInput(f"{where}: a row must be a JSON object")
    return row

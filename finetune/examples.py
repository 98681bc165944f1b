"""Rated answers, the form in which a thumb travels from the chat to the weights: JSONL, one object a line. Pure."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
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


def read(path: Path, *, demonstrations: bool = False) -> list[RatedAnswer]:
    """Read rated answers from a JSONL file; empty lines are passed over.

    Args:
        path: the file.
        demonstrations: take rows in TRL's forms for SFT as well, as answers that were liked: a prompt and a completion,
            as messages or as texts, or a conversation under "messages", of which every answer counts.

    Raises:
        BadInput: the file cannot be read, holds no rows, or a row is not a rated answer; the text names the line.
    """
    rows: list[RatedAnswer] = []
    for number, row in read_objects(path):
        if demonstrations and "rating" not in row:
            rows += _demonstrations(row, f"{path}:{number}")
        else:
            rows.append(_parse(row, f"{path}:{number}"))
    if not rows:
        raise BadInput(f"{path} holds no rated answers")
    return rows


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


def _parse(row: dict[str, Any], where: str) -> RatedAnswer:
    known = [field.name for field in fields(RatedAnswer)]
    unknown = sorted(set(row) - set(known))
    if unknown:
        raise BadInput(f"{where}: unknown key {unknown[0]!r}; a rated answer has {', '.join(known)}")
    if row.get("rating") not in ("up", "down"):
        raise BadInput(f"{where}: rating must be 'up' or 'down'")
    return RatedAnswer(
        turn_id=_text(row, "turn_id", where),
        conversation_id=_text(row, "conversation_id", where),
        prompt=parse_messages(row.get("prompt"), where),
        answer=_text(row, "answer", where),
        rating=row["rating"],
        correction=_optional(row, "correction", where),
        reasons=_texts(row.get("reasons"), where),
        comment=_optional(row, "comment", where),
        model=_optional(row, "model", where) or "",
        adapter=_optional(row, "adapter", where),
    )


def _demonstrations(row: dict[str, Any], where: str) -> list[RatedAnswer]:
    """Read a row for SFT; what is one row stays one conversation, so that it is never split."""
    if "messages" in row:
        messages = parse_messages(row["messages"], where)
    elif isinstance(row.get("prompt"), str) and isinstance(row.get("completion"), str):
        messages = (Message(role="user", content=row["prompt"]), Message(role="assistant", content=row["completion"]))
    else:
        messages = parse_messages(row.get("prompt"), where) + parse_messages(row.get("completion"), where)
    first = len(row["prompt"]) if isinstance(row.get("prompt"), list) else 1
    told = [number for number in range(first, len(messages)) if messages[number]["role"] == "assistant"]
    if not told:
        raise BadInput(f"{where}: there is no answer to learn from; the last message must be the assistant's")
    return [
        RatedAnswer(f"{where}#{number}", where, messages[:number], messages[number]["content"], "up") for number in told
    ]


def _text(row: dict[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise BadInput(f"{where}: {key} must be text, and not empty")
    return value


def _optional(row: dict[str, Any], key: str, where: str) -> str | None:
    return None if row.get(key) in (None, "") else _text(row, key, where)


def _texts(value: object, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadInput(f"{where}: reasons must be a list of texts")
    return tuple(value)

"""The chat's own form: rated answers as `python -m assistant export rated FILE` writes them. Pure."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from finetune.errors import BadInput
from finetune.examples import ROLES, Message, RatedAnswer
from finetune.formats.rows import shown

KNOWN = tuple(field.name for field in fields(RatedAnswer))


def fits(row: Mapping[str, Any]) -> bool:
    """Whether a row looks like a rated answer."""
    listed = not isinstance(row.get("prompt"), str)
    return listed and ("turn_id" in row or ("rating" in row and "answer" in row and "prompt" in row))


def read(row: Mapping[str, Any], where: str) -> list[RatedAnswer]:
    """Read a rated answer; its prompt stays to the letter what the model saw.

    Raises:
        BadInput: a key is unknown or missing, or a value is of the wrong kind.
    """
    unknown = sorted(set(row) - set(KNOWN))
    if unknown:
        raise BadInput(f"unknown key {shown(unknown[:1])!r}; a rated answer has {', '.join(KNOWN)}")
    if row.get("rating") not in ("up", "down"):
        raise BadInput("rating must be 'up' or 'down'")
    return [
        RatedAnswer(
            turn_id=_text(row, "turn_id"),
            conversation_id=_text(row, "conversation_id"),
            prompt=_prompt(row.get("prompt")),
            answer=_text(row, "answer"),
            rating=row["rating"],
            correction=_optional(row, "correction"),
            reasons=_texts(row.get("reasons")),
            comment=_optional(row, "comment"),
            model=_optional(row, "model") or "",
            adapter=_optional(row, "adapter"),
        )
    ]


def _prompt(value: object) -> tuple[Message, ...]:
    if not isinstance(value, list) or not value:
        raise BadInput("a prompt must be a list of messages, and not an empty one")
    return tuple(_message(item) for item in value)


def _message(item: object) -> Message:
    if not isinstance(item, dict) or item.get("role") not in ROLES or not isinstance(item.get("content"), str):
        raise BadInput(f"a message needs a role ({', '.join(ROLES)}) and a content that is text")
    return Message(role=item["role"], content=item["content"])


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise BadInput(f"{key} must be text, and not empty")
    return value


def _optional(row: Mapping[str, Any], key: str) -> str | None:
    return None if row.get(key) in (None, "") else _text(row, key)


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadInput("reasons must be a list of texts")
    return tuple(value)

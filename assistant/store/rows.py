"""Conversations and turns to rows of the database and back. Pure functions."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from assistant.turns import Citation, Conversation, Form, Pin, Rating, Refusal, Sampling, Source, Support, Timings, Turn

COLUMNS = ("id", "conversation_id", "position", "question", "answer", "adapter", "model", "created_at")
LISTS: dict[str, Any] = {"sources": Source, "nearest": Source, "citations": Citation, "support": Support}


def to_conversation(row: Mapping[str, Any]) -> Conversation:
    """Build a conversation from its row."""
    pin = None if row["pinned"] is None else Pin(row["pinned"] or None)
    whose = row["origin"], row["user"]
    return Conversation(row["id"], row["title"], row["created_at"], row["updated_at"], pin, *whose)


def to_row(turn: Turn) -> dict[str, Any]:
    """Shape a turn as a row; the rating has a table of its own."""
    values = asdict(turn)
    row = {name: values.pop(name) for name in COLUMNS}
    values.pop("rating")
    return row | {"refused": turn.refusal is not None, "details": values}


def to_turn(row: Mapping[str, Any]) -> Turn:
    """Build a turn from a row joined with its rating."""
    details = dict(row["details"])
    for name, kind in LISTS.items():
        details[name] = tuple(kind(**item) for item in details.get(name, ()))
    details["prompt"] = tuple(details["prompt"])
    details["verdicts"] = tuple(details["verdicts"])
    details["refusal"] = Refusal(**details["refusal"]) if details["refusal"] else None
    details["timings"] = Timings(**details["timings"])
    details["sampling"] = to_sampling(details["sampling"])
    return Turn(**{name: row[name] for name in COLUMNS}, **details, rating=to_rating(row))


def to_sampling(values: Mapping[str, Any]) -> Sampling:
    """Build a sampling out of its JSON; what an older one does not name has its default."""
    form = Form(**values["form"]) if values.get("form") else None
    return Sampling(**{**values, "stop": tuple(values["stop"]), "form": form})


def to_rating(row: Mapping[str, Any]) -> Rating | None:
    """Build the rating out of a joined row, None where the turn has none."""
    if row["thumb"] is None:
        return None
    return Rating(row["thumb"], tuple(row["reasons"]), row["comment"], row["correction"])

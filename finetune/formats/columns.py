"""Rows whose columns are called as their author liked: what each is for is told, or guessed from its name. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from finetune.errors import BadInput
from finetune.examples import Message, RatedAnswer
from finetune.formats import answers, messages
from finetune.formats.rows import shown

Columns = Mapping[str, str]
"""What a column is for, and what it is called in the file."""

NAMES: Mapping[str, tuple[str, ...]] = {
    "prompt": ("prompt", "question", "instruction", "query", "request", "input", "user", "human"),
    "answer": ("answer", "completion", "response", "reply", "output", "assistant"),
    "rating": ("rating", "thumb", "thumbs", "label", "kto_tag", "vote", "feedback", "liked"),
    "correction": ("correction", "corrected", "fixed", "better_answer", "improved"),
    "chosen": ("chosen", "preferred", "better"),
    "rejected": ("rejected", "dispreferred", "worse"),
    "system": ("system", "system_prompt"),
    "conversation": ("conversation", "conversation_id", "session", "session_id", "thread", "thread_id", "chat_id"),
}


def parse(text: str) -> Columns:
    """Read what columns are for from `prompt=question,answer=reply,…`.

    Raises:
        BadInput: it is not of this form, or does not make a prompt with an answer.
    """
    found: dict[str, str] = {}
    for part in text.split(","):
        kind, equals, name = (piece.strip() for piece in part.partition("="))
        if not equals or not name:
            raise BadInput(f"--columns has {part.strip()!r}: write KIND=COLUMN, with a kind of {', '.join(NAMES)}")
        found[kind] = name
    check(found)
    return found


def check(columns: Columns) -> None:
    """See that columns make a prompt with an answer.

    Raises:
        BadInput: they do not, or are for something that is not known.
    """
    unknown = sorted(set(columns) - set(NAMES))
    if unknown:
        raise BadInput(f"a column cannot be for {unknown[0]!r}: choose of {', '.join(NAMES)}")
    if not _suffice(columns):
        raise BadInput("the columns must name a prompt, and an answer or chosen and rejected")


def guess(names: Iterable[str]) -> Columns | None:
    """Tell from their names what columns are for; None where they do not make a prompt with an answer."""
    there = {name.strip().lower().replace(" ", "_").replace("-", "_"): name for name in reversed(list(names))}
    found = {kind: there[name] for kind, known in NAMES.items() for name in reversed(known) if name in there}
    return found if _suffice(found) else None


def refuse_missing(columns: Columns, names: Iterable[str]) -> None:
    """Refuse columns that were named and are not there.

    Raises:
        BadInput: one is missing.
    """
    there = list(names)
    missing = [name for name in columns.values() if name not in there]
    if missing:
        raise BadInput(f"there is no column {missing[0]!r}; there are {shown(there)}")


def read(row: Mapping[str, Any], columns: Columns, where: str) -> list[RatedAnswer]:
    """Read a row of named columns; rows with the same conversation are never parted by a split.

    Raises:
        BadInput: it cannot be learnt from.
    """
    given = {kind: row.get(name) for kind, name in columns.items()}
    conversation = _text(given.get("conversation")) or where
    return [replace(one, conversation_id=conversation) for one in _rated(given, where)]


def _rated(given: Mapping[str, Any], where: str) -> list[RatedAnswer]:
    asked = given["prompt"] if isinstance(given["prompt"], list) else _text(given["prompt"])
    prompt = messages.prompt(asked, _text(given.get("system")))
    if "chosen" in given:
        better, worse = messages.answer(_text(given["chosen"])), messages.answer(_text(given["rejected"]))
        return answers.compared(where, prompt, better, worse)
    said = messages.answer(_text(given["answer"]))
    correction = _text(given.get("correction"))
    if correction.strip() and not _text(given.get("rating")).strip():
        return answers.compared(where, prompt, correction, said)
    if "rating" not in given:
        return answers.demonstrated(where, [*prompt, Message(role="assistant", content=said)])
    kept = correction if correction.strip() and correction != said else None
    return [replace(one, correction=kept) for one in answers.thumbed(where, prompt, said, given["rating"])]


def _suffice(columns: Columns) -> bool:
    return "prompt" in columns and ("answer" in columns or {"chosen", "rejected"} <= set(columns))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, (str, int, float)):
        return str(value)
    raise BadInput("a cell must be text or a number: name the columns with --columns, or write texts")

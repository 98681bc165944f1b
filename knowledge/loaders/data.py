"""JSON and JSON Lines: each value stands beside the whole of its key, each record on a line with its number."""

import json
from collections.abc import Iterator
from typing import Any

from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.loaders.draft import Draft
from knowledge.loaders.encodings import decode
from knowledge.loaders.options import Options

TOO_DEEP = "it is nested too deeply: take out what is wanted of it"
BROKEN_LINES = 5
"""Broken lines beyond which they are only counted."""


def parsed(data: bytes) -> Any:
    """Return what JSON says.

    Raises:
        UnreadableFile: it is broken; the line is named.
    """
    try:
        return json.loads(decode(data))
    except json.JSONDecodeError as error:
        raise UnreadableFile(f"its JSON is broken in line {error.lineno} ({error.msg}): mend it there") from error
    except RecursionError as error:
        raise UnreadableFile(TOO_DEEP) from error
    except ValueError as error:  # a number of thousands of digits
        raise UnreadableFile("its JSON holds a number that is too long: shorten it") from error


def load(data: bytes, options: Options) -> Content:
    """Read JSON; lists of records come last, each under its key.

    Raises:
        UnreadableFile: it is broken.
    """
    draft = Draft()
    value = parsed(data)
    try:
        _put(draft, value)
    except RecursionError as error:
        raise UnreadableFile(TOO_DEEP) from error
    title = value.get("title") if isinstance(value, dict) else None
    return draft.content(title if isinstance(title, str) else None)


def load_lines(data: bytes, options: Options) -> Content:
    """Read JSON Lines, one paragraph a line; broken lines are noted.

    Raises:
        UnreadableFile: every line is broken.
    """
    draft = Draft()
    broken: list[int] = []
    for number, line in enumerate(decode(data).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            draft.lines([(_row(json.loads(line)), number)])
        except (ValueError, RecursionError):
            broken.append(number)
    content = draft.content(None, _told(broken))
    if broken and not content.text:
        raise UnreadableFile(f"its JSON is broken in line {broken[0]} and all others: write one value a line")
    return content


def _told(broken: list[int]) -> list[str]:
    if not broken:
        return []
    shown = ", ".join(map(str, broken[:BROKEN_LINES])) + (" and others" if len(broken) > BROKEN_LINES else "")
    return [f"{len(broken)} lines are left out as their JSON is broken ({shown}): mend them"]


def _put(draft: Draft, value: Any) -> None:
    """Put plain values first, then each list of records under its key as heading."""
    lines: list[str] = []
    tables: list[tuple[str, list[Any]]] = []
    for key, inner in _pairs(value, ""):
        if _is_records(inner):
            tables.append((key, inner))
        elif "\n" in (text := _written(inner)).strip():
            draft.paragraph("\n".join(lines))
            draft.paragraph(f"{key}: {text}" if key else text)
            lines = []
        elif text.strip():
            lines.append(f"{key}: {text}" if key else text)
    draft.paragraph("\n".join(lines))
    for key, records in tables:
        if key:
            draft.heading(1, key)
        draft.lines([(_row(record), number) for number, record in enumerate(records, start=1)])


def _pairs(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield all keys, those inside others as `a.b`, with what is not an object."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _pairs(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and not _is_records(value) and any(isinstance(inner, dict | list) for inner in value):
        for number, inner in enumerate(value, start=1):
            yield from _pairs(inner, f"{path}.{number}" if path else str(number))
    else:
        yield path, value


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(isinstance(inner, dict) for inner in value)


def _row(record: Any) -> str:
    """Write a record on one line."""
    parts = []
    for key, value in _pairs(record, ""):
        text = " / ".join(map(_row, value)) if _is_records(value) else " ".join(_written(value).split())
        if text:
            parts.append(f"{key}: {text}" if key else text)
    return "; ".join(parts)


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_written(inner) for inner in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

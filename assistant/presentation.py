"""Turns and places as others read them: the JSON of `ask --json`, and where a passage stands. Pure functions."""

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from assistant.turns import Turn


def answer_json(turn: Turn) -> dict[str, Any]:
    """Shape a turn as the outside may rely on it."""
    return {
        "answer": turn.answer,
        "citations": [asdict(citation) | {"marker": f"[{citation.marker}]"} for citation in turn.citations],
        "support": [
            {
                "sentence": one.sentence,
                "marker": f"[{one.marker}]" if one.marker else None,
                "score": round(one.score, 4),
            }
            for one in turn.support
        ],
        "abstained": turn.abstained,
        "stopped": turn.stopped,
        "refusal": asdict(turn.refusal) if turn.refusal else None,
        "notice": turn.notice,
        "searched": turn.searched,
        "nearest": [
            {"document_id": one.document_id, "title": one.title, "location": one.location, "text": one.text}
            for one in turn.nearest
        ],
        "turn_id": turn.id,
        "conversation_id": turn.conversation_id,
        "model": turn.model,
        "adapter": turn.adapter,
        "timings": {name: round(value, 1) for name, value in asdict(turn.timings).items()},
    }


def place(location: Mapping[str, Any]) -> str:
    """Say in words where in a document something stands."""
    heading = location.get("heading")
    parts = [
        location.get("part"),
        None if heading == location.get("sheet") else heading,  # the name of a sheet is said once
        _counted("page", location.get("page")),
        _counted("slide", location.get("slide")),
        f"sheet “{location['sheet']}”" if location.get("sheet") else None,
        _span("row", location.get("rows")),
        _span("line", location.get("lines")),
    ]
    return ", ".join(str(part) for part in parts if part)


def link(document_id: str, start: int | None = None, end: int | None = None) -> str:
    """Return the address, on this server, of a document, or of the passage in it from `start` up to `end`."""
    if start is None or end is None:
        return f"/documents/{document_id}"
    return f"/documents/{document_id}?{urlencode({'start': start, 'end': end})}#passage"


def picture(document_id: str, page: int, start: int, end: int) -> str:
    """Return the address, on this server, of a page as a picture with the text from `start` up to `end` boxed."""
    return f"/documents/{document_id}/pages/{page}.png?{urlencode({'start': start, 'end': end})}"


def _counted(what: str, number: int | None) -> str | None:
    return None if number is None else f"{what} {number}"


def _span(what: str, numbers: Any) -> str | None:
    if not numbers:
        return None
    first, last = numbers
    return f"{what} {first}" if first == last else f"{what}s {first}–{last}"


def withdrawal(text: str, columns: int, lines: int) -> str:
    """Return what takes a text off a terminal again that was printed from the start of a line on.

    What has scrolled off the screen no program can take back; it is said to be withdrawn.
    """
    rows = sum(max(1, -(-_cells(line) // columns)) for line in text.expandtabs().split("\n"))
    up = f"\x1b[{min(rows, lines) - 1}A" if min(rows, lines) > 1 else ""
    return f"\r{up}\x1b[J" + ("(What stands above of the answer is withdrawn.)\n" if rows > lines else "")


def _cells(line: str) -> int:
    """Count the columns that a line takes: none for what is put upon a letter, two for a wide character."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in line
    )

"""Rows of a file with the line on which each begins, and what is wrong with those that cannot be used. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

SHOWN_NAMES = 12
LONGEST_NAME = 24


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file."""

    line: int
    """Where it begins, counted from 1; in a Parquet file, which has no lines, the number of the row."""
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong on a line of a file, and what to do about it."""

    line: int
    text: str

    def as_json(self) -> dict[str, Any]:
        """Return the problem as a JSON object."""
        return {"line": self.line, "text": self.text}


def shown(names: Iterable[object]) -> str:
    """List names from a file in one line, cut short: what stands where names are expected may be a text."""
    listed = [" ".join(str(name).split()) for name in islice(names, SHOWN_NAMES)]
    return ", ".join(name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…" for name in listed) or "none"


def bytes_problem(text: str, line: int) -> Problem | None:
    """Say where a text, decoded with `surrogateescape`, was not UTF-8; None where it was."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        byte = ord(text[error.start]) - 0xDC00
        broken = line + text.count("\n", 0, error.start)
        return Problem(broken, f"the byte 0x{byte:02X} is not UTF-8: save the file as UTF-8")
    return None

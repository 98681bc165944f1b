"""JSON to rows: an object a line, one array, or objects over several lines; each with the line it begins on. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Any

from finetune.formats.rows import Problem, Row, bytes_problem

SPACE = re.compile(r"[ \t\r\n]*")
HALF = re.compile(r"\\u[dD][89a-fA-F]")
DECODER = json.JSONDecoder()


def read(text: str) -> Iterator[Row | Problem]:
    """Read all rows of a text, decoded with `surrogateescape`; after a mistake in an array no more can be read."""
    start = _skip(text, 0)
    if text.startswith("[", start):
        return _values(text, start + 1, array=True)
    if _begins_over_several_lines(text, start):
        return _values(text, start, array=False)
    return _lines(text)


def _lines(text: str) -> Iterator[Row | Problem]:
    # Not splitlines(): a row may hold U+2028, which ends no line of JSONL
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield _line(line, number)


def _line(line: str, number: int) -> Row | Problem:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return bytes_problem(line, number) or Problem(number, _complaint(error))
    return _row(value, line, number)


def _values(text: str, place: int, *, array: bool) -> Iterator[Row | Problem]:
    """Read values one after the other, with commas between them and a bracket at the end if they are an array's."""
    line, counted = 1, 0
    while True:
        place = _skip(text, place)
        line, counted = line + text.count("\n", counted, place), place
        if array and text.startswith("]", place):
            yield from _after(text, place + 1, line)
            return
        if not array and place == len(text):
            return
        try:
            value, end = DECODER.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            broken = getattr(error, "lineno", line)
            yield Problem(broken, f"{_complaint(error)}; what comes after it cannot be read before this is mended")
            return
        yield _row(value, text[place:end], line)
        place = _skip(text, end)
        if array and not text.startswith(("]", ","), place):
            line += text.count("\n", counted, place)
            yield Problem(line, "a comma or the closing ] of the array is missing; nothing after it can be read")
            return
        place += text.startswith(",", place)


def _after(text: str, place: int, line: int) -> Iterator[Problem]:
    place = _skip(text, place)
    if place < len(text):
        yield Problem(line, "there is more after the end of the array: put all rows into one array, or one on a line")


def _row(value: Any, raw: str, line: int) -> Row | Problem:
    if not isinstance(value, dict):
        return Problem(line, "a row must be a JSON object, like {…}")
    if not raw.isascii() and (found := bytes_problem(raw, line)):
        return found
    if HALF.search(raw) and _holds_half_a_character(value):
        return Problem(line, "half a character, like \\ud83d alone: write characters whole")
    return Row(line, value)


def _holds_half_a_character(value: dict[str, Any]) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _begins_over_several_lines(text: str, start: int) -> bool:
    """Whether the first object ends on a later line than it begins, as in a file that was indented."""
    if not text.startswith("{", start):
        return False
    try:
        _, end = DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return False
    return "\n" in text[start:end]


def _skip(text: str, place: int) -> int:
    found = SPACE.match(text, place)
    return found.end() if found else place


def _complaint(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON ({error.msg}, column {error.colno})"
    return "not JSON that can be read (nested too deeply, or a number too long)"

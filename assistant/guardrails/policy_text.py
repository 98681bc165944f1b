"""The text of a policy file: written with a comment for each key, and edited so that comments and order stay."""

import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from assistant.guardrails.keys import Key, keys
from assistant.guardrails.settings import RailSettings

HEAD = """\
# The policy of the rails: what is checked, how strictly, and what happens then.
#
# A key behind a "#" shows its default: take the "#" away to set it. What is changed here counts from the next message
# on. A file that is not right is not obeyed: what was in force before stays so, and the log and the page say why.
# Whether it is right is said by: python -m assistant policy --check FILE
"""
WIDTH = 118
NAME = "NAME"
"""Stands for the name of a table that is an example."""

_HEADER = re.compile(r"\s*#?\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(?:#.*)?")


def commented(settings: RailSettings) -> str:
    """Write a policy with every key explained; a value that is the default is behind a "#"."""
    return "\n".join([HEAD, *_table(RailSettings, settings.model_dump(mode="json"), ())]).rstrip() + "\n"


def _table(model: type[BaseModel], values: Mapping[str, Any], path: tuple[str, ...], mark: str = "") -> Iterator[str]:
    """Yield the lines of a table; tables come after all keys, or else the keys would belong to them."""
    inner = []
    for key in keys(model):
        if key.table or key.tables:
            inner.append(key)
        else:
            yield from _line(key, values.get(key.name, key.default), mark)
    for key in inner:
        below = (*path, key.name)
        yield from _comment(key.about)
        if key.table:
            yield f"{mark}[{'.'.join(below)}]"
            yield from _table(key.table, values.get(key.name) or {}, below, mark)
        else:
            yield from _tables(key, values.get(key.name), below)


def _line(key: Key, value: Any, mark: str) -> Iterator[str]:
    yield from _comment(key.about)
    yield from _comment(key.allowed)
    if value is None and key.required and key.options:
        value = key.options[0]
    if value is None:
        yield f"#{key.name} ="
    elif value == key.default:
        yield f"#{key.name} = {toml(value)}"
    else:
        default = "" if key.default is None else f"  # by default {toml(key.default)}"
        yield f"{mark}{key.name} = {toml(value)}{default}"
    yield ""


def _tables(key: Key, there: Any, path: tuple[str, ...]) -> Iterator[str]:
    """Yield the tables that stand under a key, or else an example behind "#"s."""
    assert key.tables is not None
    entries = there.items() if isinstance(there, dict) else [(NAME, each) for each in there or ()]
    for name, values in entries or [(NAME, {})]:
        where = ".".join([*path, _name(name)] if key.named else path)
        mark = "" if there else "#"
        yield f"{mark}[{where}]" if key.named else f"{mark}[[{where}]]"
        yield from _table(key.tables, values, (*path, _name(name)) if key.named else path, mark)


def _comment(text: str) -> Iterator[str]:
    for line in textwrap.wrap(text, WIDTH, break_long_words=False):
        yield f"# {line}"


def _name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml(name)


def toml(value: Any) -> str:
    """Write a value in one line of TOML."""
    import tomlkit

    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_name(str(name))} = {toml(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    return str(tomlkit.item(value).as_string())


def edited(text: str, path: Sequence[str], value: Any) -> str:
    """Return the text with one key set, and all else, comments and order, as it was.

    Raises:
        ValueError: it is not TOML, or the key cannot be set there.
    """
    wanted = _set(tomllib.loads(text), path, value)
    for way in (_replaced, _uncommented, _inserted, _added):
        changed = way(text, path, value)
        if changed is not None and _reads_as(changed, wanted):
            return changed
    raise ValueError(f"{'.'.join(path)} cannot be set there")


def _set(values: dict[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    first, *rest = path
    below = values.get(first)
    return values | {first: _set(below if isinstance(below, dict) else {}, rest, value) if rest else value}


def _reads_as(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _replaced(text: str, path: Sequence[str], value: Any) -> str | None:
    """Set a key that is there."""
    import tomlkit

    document = tomlkit.parse(text)
    table: Any = document
    for name in path[:-1]:
        table = table.get(name) if isinstance(table, Mapping) else None
    if not isinstance(table, Mapping) or path[-1] not in table:
        return None
    _assign(table, path[-1], value)
    return tomlkit.dumps(document)


def _assign(table: Any, name: str, value: Any) -> None:
    """Set a key of tomlkit's table; of a table under it, what stays the same keeps its place and its comments."""
    import tomlkit

    there = table.get(name)
    if not isinstance(there, Mapping) or not isinstance(value, Mapping):
        table[name] = tomlkit.value(toml(value))
        return
    for gone in [inner for inner in there if inner not in value]:
        del table[name][gone]
    for inner, wanted in value.items():
        if inner not in there or there[inner] != wanted:
            _assign(table[name], inner, wanted)


def _uncommented(text: str, path: Sequence[str], value: Any) -> str | None:
    """Set a key whose default stands behind a "#"."""
    lines = text.splitlines(keepends=True)
    start, end = _section(lines, path[:-1])
    for at in range(start, end):
        if re.match(rf"\s*#\s*{re.escape(path[-1])}\s*=", lines[at]):
            lines[at] = f"{path[-1]} = {toml(value)}{_ending(lines[at])}"
            return "".join(lines)
    return None


def _inserted(text: str, path: Sequence[str], value: Any) -> str:
    """Set a key that is not there, at the head of its table, or in a new one at the end."""
    lines = text.splitlines(keepends=True)
    start, _ = _section(lines, path[:-1])
    line = f"{_name(path[-1])} = {toml(value)}\n"
    if start < 0:
        before = text if not text or text.endswith("\n") else f"{text}\n"
        return f"{before}\n[{'.'.join(map(_name, path[:-1]))}]\n{line}"
    return "".join([*lines[:start], line, *lines[start:]])


def _added(text: str, path: Sequence[str], value: Any) -> str | None:
    """Set a key where tomlkit finds a place for it."""
    import tomlkit

    document = tomlkit.parse(text)
    table: Any = document
    for name in path[:-1]:
        if not isinstance(table.setdefault(name, tomlkit.table()), Mapping):
            return None
        table = table[name]
    table[path[-1]] = tomlkit.value(toml(value))
    return tomlkit.dumps(document)


def _section(lines: Sequence[str], path: Sequence[str]) -> tuple[int, int]:
    """Return the first line of a table after its header, and the line after its last; -1 where it has no header."""
    headers = [(at, found[1]) for at, line in enumerate(lines) if (found := _HEADER.fullmatch(line.rstrip("\r\n")))]
    stops = [*(at for at, _ in headers), len(lines)]
    if not path:
        return 0, stops[0]
    for number, (at, name) in enumerate(headers):
        parts = [part.strip().strip("\"'") for part in name.split(".")]
        if parts == list(path) and not lines[at].lstrip().startswith("#"):
            return at + 1, stops[number + 1]
    return -1, -1


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]

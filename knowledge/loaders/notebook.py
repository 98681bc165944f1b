"""Jupyter notebooks: their notes as Markdown, their code and what it printed as blocks of code."""

import re
from collections.abc import Iterator
from typing import Any

from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.loaders import markdown
from knowledge.loaders.data import parsed
from knowledge.loaders.options import Options

PRINTED = 10_000
"""Characters of what a cell printed that are kept."""
_COLOURS = re.compile(r"\x1b\[[\d;]*[A-Za-z]")


def load(data: bytes, options: Options) -> Content:
    """Read a notebook; pictures that it drew are left out.

    Raises:
        UnreadableFile: it is broken, or no notebook.
    """
    book = parsed(data)
    cells = _cells(book)
    if cells is None:
        raise UnreadableFile("it is no notebook: open it in Jupyter and save it again")
    language = str(_inside(book, "metadata", "kernelspec").get("language", ""))
    text = "\n\n".join(part for cell in cells if isinstance(cell, dict) for part in _parts(cell, language))
    return markdown.load(text.encode(errors="replace"), options)


def _cells(book: Any) -> list[Any] | None:
    """Return the cells; the older form has them in work sheets."""
    if not isinstance(book, dict):
        return None
    sheets = book.get("worksheets")
    old = [cell for sheet in sheets if isinstance(sheet, dict) for cell in sheet.get("cells", [])] if sheets else None
    cells = book.get("cells", old)
    return cells if isinstance(cells, list) else None


def _parts(cell: dict[str, Any], language: str) -> Iterator[str]:
    source = _text(cell.get("source", cell.get("input")))
    kind = cell.get("cell_type")
    if kind == "heading":
        yield f"{'#' * int(cell.get('level') or 1)} {source}"
    elif kind != "code":
        yield source
    else:
        if source.strip():
            yield _fenced(source, language)
        for output in cell.get("outputs") or []:
            printed = _printed(output) if isinstance(output, dict) else ""
            if printed.strip():
                yield _fenced(printed[:PRINTED], "")


def _printed(output: dict[str, Any]) -> str:
    if "ename" in output:
        return f"{output['ename']}: {output.get('evalue', '')}"
    shown = output.get("text") or _inside(output, "data").get("text/plain")
    return _COLOURS.sub("", _text(shown))


def _fenced(text: str, language: str) -> str:
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _text(source: Any) -> str:
    """Return a text that may be kept as a list of lines."""
    return "".join(map(str, source)) if isinstance(source, list) else str(source or "")


def _inside(value: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}

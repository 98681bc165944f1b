"""Markdown as it was written, so that a quotation is found in the file; but rows of tables name their columns.

Front matter is dropped.
"""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge.documents import Content, Section
from knowledge.loaders import html
from knowledge.loaders.encodings import decode
from knowledge.loaders.options import Options
from knowledge.loaders.tables import rows_as_text

_FRONT_MATTER = re.compile(r"\A---[^\S\n]*\n(.*?\n)?(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title:[^\S\n]*(\S.*)$", re.MULTILINE | re.IGNORECASE)
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*`]+|<[^>]+>|\s*\{#[^}]*\}")
_PREFIX = re.compile(r"[\s>]*(?=[^\s>])")
_HTML_TABLE = re.compile(r"<table\b.*</table>", re.DOTALL | re.IGNORECASE)
_MARK = re.compile(r"(?:[-*+]|\d+[.)])\s")


def load(data: bytes, options: Options) -> Content:
    """Read Markdown with its headings; the title is the front matter's, else the first heading of level 1.

    Raises:
        UnreadableFile: the bytes are not text.
    """
    text = decode(data)
    title = None
    front = _FRONT_MATTER.match(text)
    if front:
        named = _TITLE.search(front.group(1) or "")
        title = named.group(1).strip().strip("\"'") if named else None
        text = text[front.end() :]
    tokens = MarkdownIt("commonmark").enable("table").disable("inline").parse(text)
    text, starts = _with_rows(text.split("\n"), tokens)
    headings = _headings(tokens, starts)
    title = title or next((name for _, _, level, name in headings if level == 1), None)
    return Content(text, tuple(_sections(text, headings)), title or None)


def _with_rows(lines: list[str], tokens: list[Token]) -> tuple[str, list[int]]:
    """Replace each table by its rows; return the text, and where in it each line of the file now starts."""
    tables = {first: (last, rows) for first, last, rows in _tables(lines, tokens)}
    written: list[str] = []
    starts: list[int] = []
    at = number = 0
    while number < len(lines):
        last, text = tables.get(number, (number + 1, lines[number]))
        starts += [at] * (last - number)
        written.append(text)
        at += len(text) + 1
        number = last
    return "\n".join(written), [*starts, at - 1]


def _tables(lines: list[str], tokens: list[Token]) -> Iterator[tuple[int, int, str]]:
    """Yield the first line of each table, the line after it, and its rows as text."""
    rows: list[list[str]] = []
    span = (0, 0)
    for i, token in enumerate(tokens):
        if token.type == "table_open":
            rows = []
            first, last = token.map or (0, 0)
            span = first, last
        elif token.type == "html_block" and token.level == 0 and token.map and _HTML_TABLE.search(token.content):
            yield token.map[0], token.map[1], html.load(token.content.encode(errors="replace"), Options()).text
        elif token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append(" ".join(tokens[i + 1].content.split()))
        elif token.type == "table_close":
            prefix = _PREFIX.match(lines[span[0]])
            text = rows_as_text(rows, headed=True)
            # In an item of a list the table may begin behind the mark; there it stays as it is.
            if prefix and text and not _MARK.match(lines[span[0]], prefix.end()):
                yield *span, "\n".join(prefix.group() + line for line in text.split("\n"))


def _headings(tokens: list[Token], starts: list[int]) -> list[tuple[int, int, int, str]]:
    """Return where each heading starts and ends, its level and its words."""
    found = []
    for i, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            first, last = token.map
            words = " ".join(_MARKUP.sub(r"\1", tokens[i + 1].content).split())
            if words:
                found.append((starts[first], starts[last], int(token.tag[1]), words))
    return found


def _sections(text: str, headings: list[tuple[int, int, int, str]]) -> list[Section]:
    sections = []
    path: list[tuple[int, str]] = []
    begun, start = 0, 0
    for heading_start, heading_end, level, words in headings:
        sections.append(_section(begun, start, heading_start, path))
        path = [*((above, name) for above, name in path if above < level), (level, words)]
        begun, start = heading_start, heading_end
    sections.append(_section(begun, start, len(text), path))
    return [section for section in sections if section.end > section.start]


def _section(heading_start: int, start: int, end: int, path: list[tuple[int, str]]) -> Section:
    return Section(start, end, heading_start, tuple(name for _, name in path), path[-1][0] if path else 0)

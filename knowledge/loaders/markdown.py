"""Markdown: the text stays as it was written, so that a quotation is found in the file; front matter is dropped."""

import re

from markdown_it import MarkdownIt

from knowledge.documents import Content, Section
from knowledge.loaders.encodings import decode
from knowledge.loaders.options import Options

_FRONT_MATTER = re.compile(r"\A---[^\S\n]*\n(.*?\n)?(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title:[^\S\n]*(\S.*)$", re.MULTILINE | re.IGNORECASE)
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*`]+|<[^>]+>|\s*\{#[^}]*\}")


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
    headings = _headings(text)
    title = title or next((name for _, _, level, name in headings if level == 1), None)
    return Content(text, tuple(_sections(text, headings)), title or None)


def _headings(text: str) -> list[tuple[int, int, int, str]]:
    """Return where each heading starts and ends, its level and its words."""
    lines = [0]
    for line in text.split("\n"):
        lines.append(lines[-1] + len(line) + 1)
    tokens = MarkdownIt("commonmark").disable("inline").parse(text)
    found = []
    for i, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0 and token.map:
            first, last = token.map
            words = " ".join(_MARKUP.sub(r"\1", tokens[i + 1].content).split())
            if words:
                found.append((lines[first], min(lines[last], len(text)), int(token.tag[1]), words))
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

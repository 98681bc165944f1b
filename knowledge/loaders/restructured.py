"""reStructuredText, that of Sphinx too: read as far as it is well formed, never complained about."""

import io
import re
from textwrap import dedent
from typing import Any

from knowledge.documents import Content
from knowledge.loaders.cells import Cell, table_as_text
from knowledge.loaders.encodings import decode
from knowledge.loaders.options import Options
from knowledge.loaders.outline import Outline
from knowledge.loaders.text import load as load_text

_ROLES = re.compile(r":(?:[a-z]+:)?[a-z][\w-]*:`[~!]?([^`<]*[^`<\s])(?:\s*<[^`>]*>)?`")
"""Roles of Sphinx, such as :ref:`words <target>`; docutils knows few of them."""
_KNOWN_ROLES = ("math", "sub", "sup", "subscript", "superscript", "code")
_DIRECTIVE = re.compile(r"\.\. ([\w:+-]+)::[^\S\n]*(.*)")
_LISTS_OF_FILES = ("toctree", "include", "literalinclude", "image", "contents", "raw", "index", "currentmodule")
_CODE = ("code", "code-block", "sourcecode", "highlight", "prompt", "testcode")
_OPTION = re.compile(r"\s*:[\w-]+:.*")
LONGEST = 200_000
"""Characters beyond which it is read as plain text: docutils takes half a minute for them."""
_SURPRISED = (LookupError, ValueError, TypeError, AttributeError, AssertionError, RecursionError)
"""What docutils raises on markup that it does not expect."""
_SETTINGS = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,
    "halt_level": 5,
    "_disable_config": True,
    "line_length_limit": 10**7,
    "smart_quotes": False,
    "syntax_highlight": "none",
    "doctitle_xform": False,
}
_AS_HTML = {
    "paragraph": "p",
    "bullet_list": "ul",
    "enumerated_list": "ol",
    "list_item": "li",
    "definition_list": "dl",
    "field_list": "dl",
    "option_list": "dl",
    "term": "dt",
    "field_name": "dt",
    "option_group": "dt",
    "definition": "dd",
    "field_body": "dd",
    "description": "dd",
    "block_quote": "blockquote",
    "literal_block": "pre",
    "doctest_block": "pre",
    "line_block": "pre",
    "math_block": "pre",
    "caption": "p",
    "attribution": "p",
    "rubric": "p",
    "footnote": "div",
    "citation": "div",
}
_SAID = ("attention", "caution", "danger", "error", "hint", "important", "note", "tip", "warning")
"""Admonitions, and the word that readers see over them."""
_LEFT_OUT = ("comment", "substitution_definition", "target", "pending", "raw", "image", "meta")


def load(data: bytes, options: Options) -> Content:
    """Read reStructuredText; the title is the first heading.

    Raises:
        UnreadableFile: the bytes are not text.
    """
    from docutils.core import publish_doctree

    text = _ROLES.sub(_plain, decode(data))
    if len(text) > LONGEST:
        return load_text(data, options)
    settings = _SETTINGS | {"warning_stream": io.StringIO()}
    try:
        document = publish_doctree(text, settings_overrides=settings)
    except _SURPRISED:
        return load_text(data, options)
    outline = Outline()
    _put(outline, document, 0)
    title = next((" ".join(node.astext().split()) for node in _all(document, "title")), None)
    return outline.content(title or None)


def _all(node: Any, name: str) -> list[Any]:
    return [inner for inner in node.findall() if inner.tagname == name]


def _plain(role: re.Match[str]) -> str:
    """Leave only the words of a role that docutils does not know."""
    return role.group() if role.group().split(":")[1] in _KNOWN_ROLES else role.group(1)


def _put(outline: Outline, node: Any, level: int) -> None:
    for child in node.children:
        name = child.tagname
        if name == "#text":
            outline.text(child.astext())
        elif name in ("title", "subtitle"):
            _wrap(outline, f"h{min(6, max(1, level + (name == 'subtitle')))}", child, level)
        elif name == "section":
            _put(outline, child, level + 1)
        elif name in _OTHERS:
            _OTHERS[name](outline, child)
        elif name not in _LEFT_OUT:
            _wrap(outline, _AS_HTML.get(name, ""), child, level, child.get("start"))


def _wrap(outline: Outline, name: str, node: Any, level: int, number: int | None = None) -> None:
    if node.tagname in _SAID:
        outline.lead(f"{node.tagname.capitalize()}: ")
    outline.start(name, number)
    _put(outline, node, level)
    outline.end(name)


def _put_table(outline: Outline, table: Any) -> None:
    """Add the rows of a table, each under the heads of its columns."""
    title = next((child.astext() for child in table.children if child.tagname == "title"), "")
    rows = [[_cell(entry) for entry in row.children] for row in _all(table, "row")]
    heads = sum(len(head.children) for head in _all(table, "thead"))
    outline.start("pre")
    outline.text("\n".join(filter(None, (title, table_as_text(rows, heads or None)))))
    outline.end("pre")


def _cell(entry: Any) -> Cell:
    return Cell(
        " ".join(entry.astext().split()), False, 1 + int(entry.get("morecols", 0)), 1 + int(entry.get("morerows", 0))
    )


def _put_unknown(outline: Outline, message: Any) -> None:
    """Add what stands in a directive that docutils does not know, without its options."""
    block = next((child for child in message.children if child.tagname == "literal_block"), None)
    directive = _DIRECTIVE.match(block.astext()) if block is not None else None
    if block is None or directive is None or directive.group(1) in _LISTS_OF_FILES:
        return
    _, *lines = block.astext().split("\n")
    while lines and _OPTION.fullmatch(lines[0]):
        lines.pop(0)
    said = "" if directive.group(1) in _CODE else directive.group(2)
    text = "\n".join(filter(None, (said, dedent("\n".join(lines)).strip("\n"))))
    outline.start("pre")
    outline.text(text)
    outline.end("pre")


def _put_label(outline: Outline, label: Any) -> None:
    outline.lead(f"[{label.astext()}] ")


def _put_line(outline: Outline, line: Any) -> None:
    outline.text(f"{line.astext()}\v")


_OTHERS = {"table": _put_table, "system_message": _put_unknown, "line": _put_line, "label": _put_label}

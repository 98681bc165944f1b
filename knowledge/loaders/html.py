"""HTML: what a reader would read, without scripts, menus and footers; tables keep their rows under their heads."""

import re
from collections.abc import Iterator
from typing import Any

from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.loaders.cells import Cell, table_as_text
from knowledge.loaders.encodings import decode
from knowledge.loaders.options import Options
from knowledge.loaders.outline import BLOCKS, Outline

UNSEEN = frozenset(["script", "style", "template", "svg", "iframe", "object", "canvas"])
DROPPED = frozenset(["noscript", "nav", "footer", "button", "select", "dialog"])
_ROLES = ("navigation", "banner", "contentinfo")
_CLASSES = frozenset({"noprint", "mw-editsection"})
_HIDDEN = re.compile(r"display:\s*none")
LAYOUT = 1000
"""Characters in a cell beyond which a table is taken for the layout of a page."""
_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?([\w-]+)", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"\A<\?xml[^>]+encoding=[\"']([\w-]+)")
_PROLOGUE = re.compile(r"\A\s*<\?xml[^>]*\?>")
_SCRIPTS = re.compile(r"<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_NESTING = re.compile(r"<(?!/?(?:h[1-6]|p|li|tr|title)\b)[^>]*>", re.IGNORECASE)
"""The tags that are left out of a page that nests deeper than the parser follows."""
_POWER = re.compile(r"[\d+−-]+|n")
_RAISED = str.maketrans("0123456789+-−n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ")
_CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def load(data: bytes, options: Options) -> Content:
    """Read HTML with its headings; the title is the first heading of level 1, else the page's.

    Raises:
        UnreadableFile: the bytes are not text, or nothing in the page is.
    """
    text = decoded(data)
    content = _read(text, whole=False)
    if not content.text.strip():  # a page that is all menu or footer: better that than nothing
        content = _read(text, whole=True)
    if not content.text.strip() and re.search(r"<script\b", text, re.IGNORECASE):
        raise UnreadableFile("its text is made by scripts: open it in a browser and save it as PDF")
    return content


def decoded(data: bytes, declared: str | None = None) -> str:
    """Return the text of a page; it may name its encoding, if nobody else does.

    Raises:
        UnreadableFile: the bytes are not text.
    """
    named = _CHARSET.search(data[:4096]) or _XML_CHARSET.search(data[:4096])
    return decode(data, declared or (named.group(1).decode() if named else None))


def _read(text: str, *, whole: bool) -> Content:
    """Read a page: `whole`, or without what stands around its text."""
    from lxml import etree, html

    outline = Outline()
    parser = html.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        page = html.document_fromstring(_PROLOGUE.sub("", text), parser=parser)
    except etree.ParserError:  # nothing but white space and comments
        return outline.content(None)
    if any("depth" in entry.message for entry in parser.error_log):
        return _read(_NESTING.sub("\n", _SCRIPTS.sub("", text)), whole=whole)
    named = page.find(".//title")
    title = "" if named is None else " ".join(named.text_content().split())
    for element in [element for element in page.iter() if _is_dropped(element, whole=whole)]:
        element.drop_tree()
    for power in page.iter("sup"):
        if not len(power) and _POWER.fullmatch((power.text or "").strip()):
            power.text = power.text.translate(_RAISED)  # 10 to the sixth is not 106
    for table in reversed(list(page.iter("table"))):  # the inner before the outer
        if not _is_layout(table):
            _flatten(table)
    body = _body(page, whole=whole)
    _put_all(outline, body)
    first = body.find(".//h1")
    return outline.content(("" if first is None else _line(first)) or title or None)


def _body(page: Any, *, whole: bool) -> Any:
    main = None if whole else page.find(".//main")
    body = page.find(".//body") if main is None else main
    return page if body is None else body


def _is_dropped(element: Any, *, whole: bool) -> bool:
    if not isinstance(element.tag, str) or element.tag in UNSEEN:
        return True
    if whole or element.tag in ("html", "body", "head"):
        return False
    known = element.attrib
    return (
        element.tag in DROPPED
        or "hidden" in known
        or known.get("aria-hidden") == "true"
        or known.get("role") in _ROLES
        or bool(_HIDDEN.search(known.get("style", "")))
        or not _CLASSES.isdisjoint(known.get("class", "").split())
        or ("hreflang" in known and "lang" in known)  # the same page in other languages
    )


def _put_all(outline: Outline, body: Any) -> None:
    for kind, element in _events(body):
        if kind == "text":
            outline.text(element)
        elif kind == "end":
            outline.end(element.tag)
        elif element.tag == "br":
            outline.text("\v")
        else:
            outline.start(element.tag, _number(element.get("start" if element.tag == "ol" else "value")))


def _events(body: Any) -> Iterator[tuple[str, Any]]:
    """Walk through a page without recursion, real pages nest deeper than Python does: starts, texts and ends."""
    from lxml import etree

    for kind, element in etree.iterwalk(body, events=("start", "end")):
        if not isinstance(element.tag, str):
            continue
        if element is not body:
            yield kind, element
        text = element.text if kind == "start" else element.tail if element is not body else None
        if text:
            yield "text", text


def _rows(table: Any) -> list[Any]:
    """Return the rows of a table, without those of tables inside of it."""
    rows = []
    inside = list(reversed(table))
    while inside:
        element = inside.pop()
        if element.tag == "tr":
            rows.append(element)
        elif element.tag != "table":
            inside += reversed(element)
    return rows


def _cells(row: Any) -> list[Any]:
    return [cell for cell in row if cell.tag in ("td", "th")]


def _is_layout(table: Any) -> bool:
    """Tell whether a table only arranges the page: unmarked, and of one column or with long text in a cell."""
    if table.get("role") in ("presentation", "none"):
        return True
    rows = [_cells(row) for row in _rows(table)]
    marked = any(child.tag in ("thead", "caption") for child in table)
    if marked or any(cell.tag == "th" for row in rows for cell in row):
        return False
    # What tables are still inside of it are layout themselves.
    return (
        max(map(len, rows), default=0) < 2
        or next(table.iterdescendants("table"), None) is not None
        or any(len(cell.text_content()) > LAYOUT for row in rows for cell in row)
    )


def _flatten(table: Any) -> None:
    """Put the rows of a table in its place, as text."""
    rows = _rows(table)
    heads = sum(1 for row in rows if row.getparent().tag == "thead")
    named = table.find("caption")
    caption = "" if named is None else _line(named)
    cells = [[_cell(cell) for cell in _cells(row)] for row in rows]
    text = table_as_text(cells, heads if 0 < heads < len(rows) else None)
    flat = table.makeelement("pre")
    flat.text = _CONTROLS.sub(" ", "\n".join(filter(None, (caption, text))))
    flat.tail = table.tail
    table.getparent().replace(table, flat)


def _cell(cell: Any) -> Cell:
    down = _number(cell.get("rowspan"))
    across = _number(cell.get("colspan")) or 1
    return Cell(_line(cell), cell.tag == "th" or _is_bold(cell), across, 10**5 if down == 0 else down or 1)


def _is_bold(cell: Any) -> bool:
    """Tell whether all of a cell is bold, as programs write heads that know no better."""
    bold = next(cell.iterdescendants("b", "strong"), None) if len(cell) else None
    return bold is not None and bold.text_content().split() == cell.text_content().split()


def _line(element: Any) -> str:
    """Return an element as one line: items of a list and rows of a table inside of it are set apart."""
    if not len(element):
        return " ".join((element.text or "").split())
    parts: list[tuple[str, str]] = [("", "")]
    kept = 0
    for kind, inner in _events(element):
        if kind == "text":
            mark, words = parts[-1]
            parts[-1] = mark, words + (" / ".join(inner.strip().split("\n")) if kept else inner)
        elif inner.tag in BLOCKS or inner.tag == "br":
            kept += (inner.tag == "pre") * (1 if kind == "start" else -1)
            parts.append((", " if inner.tag == "li" and kind == "start" else " ", ""))
    line = ""
    for mark, words in parts:
        words = " ".join(words.split())
        gap = " " if line.endswith((".", ":", ";", ",")) else mark
        line += f"{gap}{words}" if line and words else words
    return line


def _number(written: str | None) -> int | None:
    return int(written) if written and written.isdecimal() and len(written) < 6 else None

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

UNSEEN = "script, style, template, svg, iframe, object, canvas"
DROPPED = (
    "noscript, nav, footer, button, select, dialog, [hidden], [aria-hidden=true], [role=navigation], [role=banner], "
    "[role=contentinfo], [style*='display:none'], [style*='display: none'], .noprint, .mw-editsection, "
    "a[hreflang][lang]"
)
LAYOUT = 1000
"""Characters in a cell beyond which a table is taken for the layout of a page."""
_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?([\w-]+)", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"\A<\?xml[^>]+encoding=[\"']([\w-]+)")
_RAISED = str.maketrans("0123456789+-−n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ")


def load(data: bytes, options: Options) -> Content:
    """Read HTML with its headings; the title is the first heading of level 1, else the page's.

    Raises:
        UnreadableFile: the bytes are not text, or nothing in the page is.
    """
    text = decoded(data)
    content = _read(text, DROPPED)
    if not content.text.strip():  # a page that is all menu or footer: better that than nothing
        content = _read(text, None)
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


def _read(text: str, dropped: str | None) -> Content:
    from bs4 import BeautifulSoup

    page = BeautifulSoup(re.sub(r"\A\s*<\?xml[^>]*\?>", "", text), "lxml")
    named = page.title.get_text(" ", strip=True) if page.title else ""
    for element in page.select(f"{UNSEEN}, {dropped}" if dropped else UNSEEN):
        element.decompose()
    for power in page.find_all("sup"):
        _raise(power)
    for table in reversed(page.find_all("table")):  # the inner before the outer
        if not _is_layout(table):
            _flatten(page, table)
    body = (page.find("main") if dropped else None) or page.body or page
    outline = Outline()
    _put_all(outline, body)
    first = body.find("h1")
    title = " ".join(first.get_text(" ").split()) if first else ""
    return outline.content(title or " ".join(named.split()) or None)


def _raise(power: Any) -> None:
    """Keep a power a power: 10 to the sixth is not 106."""
    words = power.get_text().strip()
    if words and not power.find("a") and not words.translate(dict.fromkeys(map(ord, "0123456789+-−n"))):
        power.string = words.translate(_RAISED)


def _put_all(outline: Outline, body: Any) -> None:
    for kind, element in _events(body):
        if kind == "text":
            outline.text(str(element))
        elif kind == "end":
            outline.end(element.name)
        elif element.name == "br":
            outline.text("\v")
        else:
            outline.start(element.name, _number(element.get("start") if element.name == "ol" else element.get("value")))


def _events(body: Any) -> Iterator[tuple[str, Any]]:
    """Walk through a page without recursion: real pages nest deeper than Python does."""
    from bs4 import CData, Comment, Declaration, Doctype, NavigableString, ProcessingInstruction

    unseen = (Comment, CData, Declaration, Doctype, ProcessingInstruction)
    above = [(body, iter(body.contents))]
    while above:
        owner, rest = above[-1]
        child = next(rest, None)
        if child is None:
            above.pop()
            if above:
                yield "end", owner
        elif not isinstance(child, NavigableString):
            yield "start", child
            above.append((child, iter(child.contents)))
        elif not isinstance(child, unseen):
            yield "text", child


def _own(table: Any, names: list[str]) -> list[Any]:
    """Return what is of this table and not of one inside of it."""
    return [element for element in table.find_all(names) if element.find_parent("table") is table]


def _is_layout(table: Any) -> bool:
    """Tell whether a table only arranges the page: unmarked, and of one column or with long text in a cell."""
    if table.get("role") in ("presentation", "none"):
        return True
    if _own(table, ["th", "thead", "caption"]):
        return False
    rows = [row.find_all("td", recursive=False) for row in _own(table, ["tr"])]
    return max(map(len, rows), default=0) < 2 or any(
        len(cell.get_text()) > LAYOUT or cell.find("table") for row in rows for cell in row
    )


def _flatten(page: Any, table: Any) -> None:
    """Put the rows of a table in its place, as text."""
    rows = _own(table, ["tr"])
    marked = [row for row in rows if row.parent.name == "thead"]
    cells = [[_cell(cell) for cell in row.find_all(["td", "th"], recursive=False)] for row in rows]
    heads = len(marked) if 0 < len(marked) < len(rows) and rows[: len(marked)] == marked else None
    caption = " ".join(table.caption.get_text(" ").split()) if table.caption else ""
    flat = page.new_tag("pre")
    flat.string = "\n".join(filter(None, (caption, table_as_text(cells, heads))))
    table.replace_with(flat)


def _cell(cell: Any) -> Cell:
    return Cell(
        _words(cell), cell.name == "th" or _is_bold(cell), _number(cell.get("colspan")) or 1, _rows(cell.get("rowspan"))
    )


def _is_bold(cell: Any) -> bool:
    """Tell whether all of a cell is bold, as programs write heads that know no better."""
    bold = cell.find(["b", "strong"])
    return bold is not None and " ".join(bold.get_text(" ").split()) == " ".join(cell.get_text(" ").split())


def _words(cell: Any) -> str:
    """Return a cell as one line: items of a list and rows of a table inside of it are set apart."""
    parts: list[tuple[str, str]] = [("", "")]
    for kind, element in _events(cell):
        if kind == "text":
            mark, words = parts[-1]
            inside = element.parent.name == "pre" and "\n" in element
            parts[-1] = mark, words + (" / ".join(str(element).strip().split("\n")) if inside else str(element))
        elif element.name in BLOCKS or element.name == "br":
            parts.append((", " if element.name == "li" and kind == "start" else " ", ""))
    line = ""
    for mark, words in parts:
        words = " ".join(words.split())
        line += (mark if line.endswith(tuple(".:;,")) is False else " ") * bool(line and words) + words
    return line


def _number(written: object) -> int | None:
    return int(str(written)) if str(written or "").isdecimal() and len(str(written)) < 6 else None


def _rows(written: object) -> int:
    """Return how many rows a cell spans; 0 stands for all that follow."""
    number = _number(written)
    return 10**5 if number == 0 else number or 1

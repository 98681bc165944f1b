"""DOCX: paragraphs, headings and tables in their order, tracked insertions and content controls included."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.loaders.draft import Draft
from knowledge.loaders.options import Options
from knowledge.loaders.tables import rows_as_text
from knowledge.loaders.titles import sensible

DAMAGED = "damaged or of the strict kind: open it in a word processor and save it as an ordinary .docx"
UNPACKED = 500 * 2**20
"""Bytes that a file may unpack to; more is damage or malice."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_UNSEEN = (f"{_W}del", f"{_W}txbxContent", _FALLBACK)


def load(data: bytes, options: Options) -> Content:
    """Read a Word file; the title is the document's, else the first paragraph styled as title or heading 1.

    Raises:
        UnreadableFile: it is damaged or protected by a password.
    """
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from lxml.etree import LxmlError

    _check(data)
    try:
        document = docx.Document(io.BytesIO(data))
        draft = Draft()
        titles = [_put(draft, block, document) for block in _blocks(document.element.body)]
        named = sensible(document.core_properties.title)
    except (PackageNotFoundError, LxmlError, zipfile.BadZipFile, KeyError, ValueError, AttributeError) as error:
        raise UnreadableFile(f"it is {DAMAGED}") from error
    return draft.content(named or next(filter(None, titles), None))


def _check(data: bytes) -> None:
    if data.startswith(b"\xd0\xcf\x11\xe0"):  # an OLE file: encrypted, or the older .doc under a new name
        raise UnreadableFile("it is protected by a password or an old .doc: save it as .docx without one")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise UnreadableFile(f"it is {DAMAGED}") from error
    if size > UNPACKED:
        raise UnreadableFile(f"it unpacks to more than {UNPACKED >> 20} MB: split it")


def _blocks(parent: Any) -> Iterator[Any]:
    """Yield paragraphs and tables, those in content controls and insertions too."""
    for child in parent:
        if child.tag in (f"{_W}p", f"{_W}tbl"):
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
            yield from _blocks(child)


def _put(draft: Draft, block: Any, document: Any) -> str | None:
    """Add one block; return its words if they are a title."""
    if block.tag == f"{_W}tbl":
        rows = [_row(row) for row in block.iter(f"{_W}tr") if next(row.iterancestors(f"{_W}tbl")) is block]
        draft.paragraph(rows_as_text(rows, headed=_headed(rows)))
        return None
    text = _text(block)
    style = _style(block, document)
    level = _level(style)
    if level:
        draft.heading(level, text)
    else:
        draft.paragraph(text, item=style.startswith("list") or block.find(f"{_W}pPr/{_W}numPr") is not None)
    for box in block.iter(f"{_W}txbxContent"):
        if next(box.iterancestors(_FALLBACK), None) is None:
            for inner in _blocks(box):
                _put(draft, inner, document)
    return " ".join(text.split()) if level == 1 else None


def _level(style: str) -> int:
    """Return the level of a heading's style, 0 for any other."""
    if style == "title":
        return 1
    number = style.removeprefix("heading ")
    return min(6, int(number)) if number != style and number.isdigit() else 0


def _style(paragraph: Any, document: Any) -> str:
    """Return the name of a paragraph's style in lower case; a style made from a heading counts as that heading."""
    identifier = paragraph.find(f"{_W}pPr/{_W}pStyle")
    styles = {style.style_id: style for style in document.styles} if identifier is not None else {}
    style = styles.get(identifier.get(f"{_W}val")) if identifier is not None else None
    name = str(style.name or "").lower() if style is not None else ""
    base = getattr(style, "base_style", None)
    while base is not None and not name.startswith(("heading", "title", "list")):
        if str(base.name or "").lower().startswith("heading"):
            return str(base.name).lower()
        base = base.base_style
    return name


def _text(element: Any) -> str:
    """Return the words of a paragraph as they are shown: without what was deleted, or stands in a box beside it."""
    words: list[str] = []
    for child in element:
        if child.tag in _UNSEEN or not isinstance(child.tag, str):
            continue
        if child.tag == f"{_W}t":
            words.append(child.text or "")
        elif child.tag in (f"{_W}tab", f"{_W}br", f"{_W}cr"):
            words.append("\t" if child.tag == f"{_W}tab" else "\n")
        elif child.tag != f"{_W}pPr":
            words.append(_text(child))
    return "".join(words)


def _row(row: Any) -> list[str]:
    return [" ".join(" ".join(_text(p) for p in cell.iter(f"{_W}p")).split()) for cell in row.iter(f"{_W}tc")]


def _headed(rows: list[list[str]]) -> bool:
    """Tell whether the first row names the columns: every cell short, and no two alike."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    head = rows[0]
    return all(head) and len(set(head)) == len(head) and max(map(len, head)) <= 60

"""OpenDocument: texts (ODT) with their headings, lists, tables and notes; presentations (ODP) slide by slide."""

import zipfile
from collections.abc import Iterator
from typing import Any

from knowledge.documents import Box, Content, Location
from knowledge.errors import UnreadableFile
from knowledge.loaders.draft import Draft
from knowledge.loaders.grids import Row
from knowledge.loaders.options import Options
from knowledge.loaders.packages import DAMAGED, PICTURES, has_pictures, open_package, read_xml
from knowledge.loaders.tables import put_table
from knowledge.loaders.titles import sensible

LOCKED = "it is protected by a password: open it in LibreOffice and save a copy without one"
REPEATED = 1000
"""The most times that a repeated cell or row is written."""
_NAMES = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TEXT, _TABLE, _DRAW, _OFFICE = (_NAMES % name for name in ("text", "table", "drawing", "office"))
_SHOWN, _SVG, _FO = (_NAMES % name for name in ("presentation", "svg-compatible", "xsl-fo-compatible"))
_COMMENT, _NOTE = f"{_OFFICE}annotation", f"{_TEXT}note"
_ASIDE = (_COMMENT, _NOTE, f"{_DRAW}frame", f"{_DRAW}custom-shape")
_UNSEEN = (*_ASIDE, f"{_TEXT}tracked-changes", f"{_OFFICE}forms", f"{_TEXT}bookmark")
_FURNITURE = ("footer", "header", "date-time", "page-number", "page")
_CENTIMETRES = {"cm": 1.0, "mm": 0.1, "in": 2.54, "pt": 2.54 / 72, "px": 2.54 / 96}


def load_text(data: bytes, options: Options) -> Content:
    """Read a text document; the title is the one in its properties, else the first heading of level 1.

    Raises:
        UnreadableFile: it is damaged or protected by a password.
    """
    archive, body = _open(data, options, "text")
    _check_words(archive, body)
    draft = Draft()
    for block in body:
        _put(draft, block)
    first = next((_words(heading) for heading in body.iter(f"{_TEXT}h") if _level(heading) == 1), None)
    return draft.content(_title(archive) or first)


def load_slides(data: bytes, options: Options) -> Content:
    """Read a presentation: each slide with its title, its shapes in their order, and the speaker's notes.

    Raises:
        UnreadableFile: it is damaged or protected by a password.
    """
    archive, body = _open(data, options, "presentation")
    _check_words(archive, body)
    size = _size(archive)
    draft = Draft()
    for number, page in enumerate(body.iter(f"{_DRAW}page"), start=1):
        draft.place(Location(slide=number))
        _put_slide(draft, page, size)
    return draft.content(_title(archive))


def check_unlocked(archive: zipfile.ZipFile) -> None:
    """Refuse what is encrypted.

    Raises:
        UnreadableFile: it is protected by a password, or damaged.
    """
    manifest = read_xml(archive, "META-INF/manifest.xml")
    if manifest is not None and next(manifest.iter("{*}encryption-data"), None) is not None:
        raise UnreadableFile(LOCKED)


def _open(data: bytes, options: Options, kind: str) -> tuple[zipfile.ZipFile, Any]:
    archive = open_package(data, options)
    check_unlocked(archive)
    root = read_xml(archive, "content.xml")
    body = root.find(f"{_OFFICE}body/{_OFFICE}{kind}") if root is not None else None
    if body is None:
        raise UnreadableFile(DAMAGED)
    return archive, body


def _check_words(archive: zipfile.ZipFile, body: Any) -> None:
    if has_pictures(archive) and not "".join(body.itertext()).strip():
        raise UnreadableFile(PICTURES)


def _title(archive: zipfile.ZipFile) -> str | None:
    meta = read_xml(archive, "meta.xml")
    return sensible(meta.findtext(".//{http://purl.org/dc/elements/1.1/}title")) if meta is not None else None


def _put(draft: Draft, block: Any, *, item: bool = False) -> None:
    """Add a block: a heading, a paragraph, a list, a table, or whatever holds such."""
    if block.tag == f"{_TEXT}h":
        draft.heading(_level(block), _words(block))
        _put_asides(draft, block)
    elif block.tag == f"{_TEXT}p":
        draft.paragraph(_words(block), item=item)
        _put_asides(draft, block)
    elif block.tag == f"{_TABLE}table":
        _put_table(draft, block)
    elif block.tag not in _UNSEEN or block.tag in _ASIDE[2:]:
        listed = item or block.tag == f"{_TEXT}list"
        for inner in block:
            _put(draft, inner, item=listed)


def _put_asides(draft: Draft, paragraph: Any) -> None:
    """Add what hangs on a paragraph: notes, comments, and the text in frames."""
    for aside in paragraph.iter(*_ASIDE):
        if next(aside.iterancestors(*_ASIDE), None) is not None:
            continue
        if aside.tag == _NOTE:
            note = " ".join(_words(p) for p in aside.iter(f"{_TEXT}p"))
            kind = "Endnote" if aside.get(f"{_TEXT}note-class") == "endnote" else "Footnote"
            draft.paragraph(f"{kind} {aside.findtext(f'{_TEXT}note-citation') or ''}".strip() + f": {note}")
        elif aside.tag == _COMMENT:
            author = aside.findtext("{http://purl.org/dc/elements/1.1/}creator")
            said = " ".join(_words(p) for p in aside.iter(f"{_TEXT}p"))
            draft.paragraph(f"Comment by {author}: {said}" if author else f"Comment: {said}")
        else:
            for inner in aside:
                _put(draft, inner)


def _level(heading: Any) -> int:
    level = heading.get(f"{_TEXT}outline-level") or "1"
    return max(1, min(6, int(level))) if level.isdigit() else 1


def _words(element: Any) -> str:
    """Return the words of a paragraph, without its notes and frames."""
    words = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}s":
            words.append(" " * min(REPEATED, _count(child, f"{_TEXT}c")))
        elif child.tag in (f"{_TEXT}tab", f"{_TEXT}line-break"):
            words.append("\t" if child.tag == f"{_TEXT}tab" else "\n")
        elif isinstance(child.tag, str) and child.tag not in _UNSEEN:
            words.append(_words(child))
        words.append(child.tail or "")
    return "".join(words)


def _count(element: Any, attribute: str) -> int:
    value = element.get(attribute) or "1"
    return int(value) if value.isdigit() else 1


def _put_table(draft: Draft, table: Any) -> None:
    heads = table.findall(f"{_TABLE}table-header-rows/{_TABLE}table-row")
    rows = list(_rows(table))
    marked = table.get(f"{_TABLE}use-first-row-styles") == "true"
    put_table(draft, rows, height=len(heads), likely=marked)
    for inner in table.iter(f"{_TABLE}table"):
        if inner is not table and next(inner.iterancestors(f"{_TABLE}table")) is table:
            _put_table(draft, inner)


def _rows(table: Any) -> Iterator[Row]:
    """Yield the rows that hold something; what is merged downwards is repeated in each."""
    above: dict[int, tuple[int, str]] = {}
    number = 0
    for row in table.iter(f"{_TABLE}table-row"):
        if next(row.iterancestors(f"{_TABLE}table")) is not table:
            continue
        cells, spans = _cells(row, number, above)
        for _ in range(min(REPEATED, _count(row, f"{_TABLE}number-rows-repeated"))):
            number += 1
            if cells:
                yield Row(number, cells, spans)


def _cells(row: Any, number: int, above: dict[int, tuple[int, str]]) -> tuple[dict[int, str], dict[int, int]]:
    """Return the cells of a row and the columns they span; `above` keeps what reaches down, and how far."""
    cells: dict[int, str] = {}
    spans: dict[int, int] = {}
    column = 0
    for cell in row.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
        wide, high = _count(cell, f"{_TABLE}number-columns-spanned"), _count(cell, f"{_TABLE}number-rows-spanned")
        words = _cell(cell)
        if words and high > 1:
            above[column] = (number + high, words)
        elif not words and cell.tag.endswith("covered-table-cell") and above.get(column, (0, ""))[0] > number:
            words = above[column][1]
        times = _count(cell, f"{_TABLE}number-columns-repeated")
        if words:
            cells.update((column + i, words) for i in range(min(REPEATED, times)))
        if words and wide > 1:
            spans[column] = column + min(REPEATED, wide) - 1
        column += times
    return cells, spans


def _cell(cell: Any) -> str:
    """Return the words of a cell, without those of a table inside of it."""
    own = (p for p in cell.iter(f"{_TEXT}p", f"{_TEXT}h") if next(p.iterancestors(f"{_TABLE}table-cell"), cell) is cell)
    return " ".join(" ".join(_words(paragraph) for paragraph in own).split())


def _put_slide(draft: Draft, page: Any, size: tuple[float, float]) -> None:
    shapes = [shape for shape in page if shape.tag not in (f"{_SHOWN}notes", _COMMENT)]
    titles = [shape for shape in shapes if shape.get(f"{_SHOWN}class") == "title"]
    title = " ".join(" ".join(_words(p) for shape in titles for p in shape.iter(f"{_TEXT}p")).split())
    others = [shape for shape in shapes if shape not in titles and _shown(shape)]
    notes = [
        " ".join(_words(p) for p in frame.iter(f"{_TEXT}p"))
        for frame in page.iterfind(f"{_SHOWN}notes/{_DRAW}frame")
        if frame.get(f"{_SHOWN}class") == "notes"
    ]
    draft.close(1)
    bare = not any(map(_holds, others)) and not any(map(str.strip, notes))
    if bare:  # a heading alone would be in no passage
        draft.paragraph(title)
        return
    draft.heading(1, title)
    for shape in others:
        _put_shape(draft, shape, size)
    for note in filter(str.strip, notes):
        draft.paragraph(f"Speaker notes: {note}")
    for comment in page.iterfind(_COMMENT):
        draft.paragraph("Comment: " + " ".join(_words(p) for p in comment.iter(f"{_TEXT}p")))


def _shown(shape: Any) -> bool:
    furniture = shape.get(f"{_SHOWN}class") in _FURNITURE
    return not furniture and shape.get(f"{_SHOWN}placeholder") != "true"


def _holds(shape: Any) -> bool:
    return any(_words(paragraph).strip() for paragraph in shape.iter(f"{_TEXT}p", f"{_TEXT}h"))


def _put_shape(draft: Draft, shape: Any, size: tuple[float, float]) -> None:
    """Add the text of a shape with its box on the slide, or its table."""
    tables = list(shape.iter(f"{_TABLE}table"))
    for table in tables:
        _put_table(draft, table)
    if tables:
        return
    box = _box(shape, size)
    lines = [_words(p) for p in shape.iter(f"{_TEXT}p", f"{_TEXT}h") if _words(p).strip()]
    if box:
        draft.lines([(line, box) for line in lines])
    else:
        draft.paragraph("\n".join(lines))


def _box(shape: Any, size: tuple[float, float]) -> Box | None:
    left, top, wide, high = (_length(shape.get(f"{_SVG}{name}")) for name in ("x", "y", "width", "height"))
    if not all(size) or not wide or not high:
        return None
    edges = (left / size[0], top / size[1], (left + wide) / size[0], (top + high) / size[1])
    first, second, third, fourth = (max(0.0, min(1.0, edge)) for edge in edges)
    return (first, second, third, fourth)


def _size(archive: zipfile.ZipFile) -> tuple[float, float]:
    """Return the width and height of the slides in centimetres, 0 where they are not known."""
    styles = read_xml(archive, "styles.xml")
    for layout in styles.iter("{*}page-layout-properties") if styles is not None else ():
        size = _length(layout.get(f"{_FO}page-width")), _length(layout.get(f"{_FO}page-height"))
        if all(size):
            return size
    return 0.0, 0.0


def _length(written: str | None) -> float:
    """Return a length in centimetres."""
    number, unit = (written or "")[:-2], (written or "")[-2:]
    try:
        return float(number) * _CENTIMETRES.get(unit, 0.0)
    except ValueError:
        return 0.0

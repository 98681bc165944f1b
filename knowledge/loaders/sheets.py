"""Spreadsheets (XLSX, XLSM, XLSB, XLS, ODS): sheet by sheet, each row a line of text that names its columns."""

import datetime
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from knowledge.documents import Content, Location
from knowledge.errors import UnreadableFile
from knowledge.loaders import delimited
from knowledge.loaders.draft import Draft
from knowledge.loaders.encodings import is_text
from knowledge.loaders.encryption import LOCKED, OLE, decrypt
from knowledge.loaders.grids import Row
from knowledge.loaders.ooxml import plain
from knowledge.loaders.opendocument import check_unlocked
from knowledge.loaders.options import Options
from knowledge.loaders.packages import DAMAGED, open_package, rewrite
from knowledge.loaders.sheetparts import SheetParts, read_sheet_parts, too_far, trim
from knowledge.loaders.tables import ROWS, put_tables

CELLS = 1_000_000
"""The most cells that are read of a file."""
FAR = "it is damaged, or has cells far away from its tables: delete what stands there and save it again"
_Value = str | float | bool | datetime.date | datetime.time | datetime.timedelta


@dataclass(frozen=True, slots=True)
class _Book:
    data: bytes
    parts: Mapping[str, SheetParts]
    """What calamine does not tell; of XLSX only."""
    bounds: Mapping[str, tuple[int, int]]
    """The rows and columns that were kept of sheets that reach too far."""


def load(data: bytes, options: Options) -> Content:
    """Read a workbook: the sheets that are shown and hold cells, with the numbers of their rows.

    Raises:
        UnreadableFile: it is damaged, or protected by a password.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    data = decrypt(data, options)
    if not data.startswith((b"PK", OLE)):
        return _disguised(data, options)
    book = _prepared(data, options)
    draft, notes = Draft(), list[str]()
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(book.data)) as workbook:
            _put_sheets(draft, notes, workbook, book)
    except PasswordError as error:
        raise UnreadableFile(LOCKED) from error
    except (CalamineError, OSError, ValueError) as error:
        # Of an OpenDocument sheet that reaches too far calamine says that it is none.
        raise UnreadableFile(DAMAGED if book.parts or data.startswith(OLE) else FAR) from error
    return draft.content(None, notes)


def _disguised(data: bytes, options: Options) -> Content:
    """Read rows of text, which some programs write under the name of an old spreadsheet."""
    if options.name.lower().endswith(".xls") and is_text(data):
        return delimited.load(data, options)
    raise UnreadableFile(DAMAGED)


def _prepared(data: bytes, options: Options) -> _Book:
    """Look through a zipped workbook before calamine does; one of Excel 97 to 2003 stays as it is."""
    if data.startswith(OLE):
        return _Book(data, {}, {})
    archive = open_package(data, options)
    if "content.xml" in archive.namelist():
        check_unlocked(archive)
        return _Book(data, {}, {})
    if "xl/workbook.bin" in archive.namelist():
        return _Book(data, {}, {})
    plainer = plain(archive, data)
    archive = archive if plainer is data else open_package(plainer, options)
    parts = read_sheet_parts(archive)
    bounds = too_far(archive, parts)
    if bounds:
        kept = {parts[name].part: bound for name, bound in bounds.items()}
        plainer = rewrite(archive, lambda name, part: trim(part, *kept[name]) if name in kept else part)
    return _Book(plainer, parts, bounds)


def _put_sheets(draft: Draft, notes: list[str], workbook: Any, book: _Book) -> None:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    left = CELLS
    for sheet in workbook.sheets_metadata:
        if sheet.visible != SheetVisibleEnum.Visible or sheet.typ != SheetTypeEnum.WorkSheet:
            continue
        name = sheet.name
        if name in book.bounds:
            rows, columns = book.bounds[name]
            notes.append(
                f"the sheet {name} has cells further out than row {rows:,} or column {columns:,}, which were not read: "
                "delete them, or move them nearer"
            )
        found = _rows(workbook.get_sheet_by_name(name), left)
        left -= sum(len(row.cells) for row in found)
        if len(found) >= ROWS or left <= 0:
            notes.append(f"the sheet {name} is too large, and was read down to row {found[-1].number:,}: split it")
        _put_sheet(draft, name, found, book.parts.get(name))
        if left <= 0:
            break
    if left <= 0:
        notes.append(f"more than {CELLS:,} cells: the sheets after {name} were not read: split the file")


def _put_sheet(draft: Draft, name: str, rows: list[Row], parts: SheetParts | None) -> None:
    boxes = parts.boxes if parts else ()
    if not rows and not boxes:
        return
    draft.place(Location(sheet=name))
    draft.heading(1, name)
    put_tables(draft, rows, level=2, remarks=parts.comments if parts else {})
    for box in boxes:
        draft.paragraph(box)


def _rows(sheet: Any, most: int) -> list[Row]:
    """Return the rows that hold something, up to the limits of rows and of cells."""
    start = sheet.start[1] if sheet.start else 0
    merged = _Merged(sheet.merged_cell_ranges or ())
    rows: list[Row] = []
    for number, values in enumerate(sheet.iter_rows()):
        cells = {start + i: text for i, value in enumerate(values) if value != "" and (text := _written(value))}
        if not cells:
            continue
        rows.append(merged.row(number, cells))
        most -= len(cells)
        if most <= 0 or len(rows) == ROWS:
            break
    return rows


class _Merged:
    """The merged cells of a sheet: what is merged downwards is repeated in each row that holds something else too."""

    def __init__(self, ranges: Any) -> None:
        self._spans: dict[int, dict[int, int]] = {}
        self._sources: dict[int, list[tuple[int, int]]] = {}
        self._above: dict[tuple[int, int], str] = {}
        for (top, left), (bottom, right) in ranges:
            if right > left:
                self._spans.setdefault(top, {})[left] = right
            for row in range(top + 1, min(bottom, top + ROWS) + 1):
                self._sources.setdefault(row, []).append((top, left))
            if bottom > top:
                self._sources.setdefault(top, []).append((top, left))

    def row(self, number: int, cells: dict[int, str]) -> Row:
        """Return a row, counted from 0 so far, with what is merged into it from above."""
        for top, left in self._sources.get(number, ()):
            if top == number:
                self._above[top, left] = cells.get(left, "")
            elif left not in cells and self._above.get((top, left)):
                cells[left] = self._above[top, left]
        spans = {left: right for left, right in self._spans.get(number, {}).items() if left in cells}
        return Row(number + 1, dict(sorted(cells.items())), spans)


def _written(value: _Value) -> str:
    """Write a value as a person would read it: no part of a day that is none, no decimals that are none."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.12g}"
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time():
            return value.date().isoformat()
        return value.isoformat(" ", "seconds" if value.second else "minutes")
    if isinstance(value, datetime.time):
        return value.isoformat("seconds" if value.second else "minutes")
    if isinstance(value, datetime.timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}" + (f":{seconds % 60:02}" if seconds % 60 else "")
    return value.isoformat() if isinstance(value, datetime.date) else str(value).strip()

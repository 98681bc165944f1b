"""What calamine does not tell of an XLSX file: comments, text boxes, and how far its cells reach."""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge.loaders.ooxml import linked
from knowledge.loaders.packages import read_part, read_xml

AREA = 10_000_000
"""The most cells of a sheet, empty ones included: calamine keeps 46 bytes for each between the first and the last."""
COLUMNS = 500
"""The most columns that are kept of a sheet that reaches too far."""
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"(?:[^>]*[^/>])?>')
"""A cell that holds something; those that only have a style are closed at once."""
_ANY_CELL = re.compile(rb'<((?:\w+:)?c)\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*?(?:/>|>.*?</\1>)', re.DOTALL)
_ROW_ELEMENT = re.compile(rb'<((?:\w+:)?row)\b[^>]*?\br="(\d{1,7})"[^>]*?(?:/>|>.*?</\1>)', re.DOTALL)
_THREADED = re.compile(r"\A\[Threaded comment\].*?\n\s*Comment:\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SheetParts:
    """What stands beside the cells of a sheet."""

    part: str
    """The name of its file in the package."""
    comments: Mapping[int, list[str]] = field(default_factory=dict)
    """By the number of the row, each with the cell that it is on."""
    boxes: tuple[str, ...] = ()
    """The text in shapes."""


def read_sheet_parts(archive: zipfile.ZipFile) -> dict[str, SheetParts]:
    """Return for each sheet, by name, what stands beside its cells.

    Raises:
        UnreadableFile: the package is damaged.
    """
    workbook = next((path for kind, path in linked(archive, "").values() if kind == "officeDocument"), "")
    root = read_xml(archive, workbook)
    links = linked(archive, workbook)
    found = {}
    for sheet in root.iter("{*}sheet") if root is not None else ():
        identifier = next((value for name, value in sheet.attrib.items() if name.endswith("}id")), "")
        part = links.get(identifier, ("", ""))[1]
        if part:
            beside = linked(archive, part).values()
            comments = [path for kind, path in beside if kind == "comments"]
            drawings = [path for kind, path in beside if kind == "drawing"]
            found[sheet.get("name", "")] = SheetParts(part, _comments(archive, comments), _boxes(archive, drawings))
    return found


def _comments(archive: zipfile.ZipFile, parts: list[str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for root in filter(lambda root: root is not None, (read_xml(archive, part) for part in parts)):
        authors = [author.text or "" for author in root.iter("{*}author")]
        for comment in root.iter("{*}comment"):
            cell = comment.get("ref", "")
            words = "".join(text.text or "" for text in comment.iter("{*}t"))
            words = " ".join(_THREADED.sub("", words).split())
            number = int(comment.get("authorId") or -1)
            author = authors[number] if 0 <= number < len(authors) and not authors[number].startswith("tc=") else ""
            row = re.search(r"\d+", cell)
            if words and row:
                said = f"Comment on {cell} by {author}: {words}" if author else f"Comment on {cell}: {words}"
                found.setdefault(int(row[0]), []).append(said)
    return found


def _boxes(archive: zipfile.ZipFile, parts: list[str]) -> tuple[str, ...]:
    found = []
    for root in filter(lambda root: root is not None, (read_xml(archive, part) for part in parts)):
        for body in root.iter("{*}txBody"):
            lines = ("".join(text.text or "" for text in line.iter("{*}t")) for line in body.iter("{*}p"))
            found.append("\n".join(filter(str.strip, lines)))
    return tuple(filter(None, found))


def reach(sheet: bytes) -> tuple[int, int]:
    """Return how many rows and columns the cells of a sheet's XML take up that hold something."""
    cells = _CELL.findall(sheet)
    rows = max(map(int, {row for _, row in cells}), default=0)
    return rows, max(map(_column, {column for column, _ in cells}), default=0)


def trim(sheet: bytes, rows: int, columns: int) -> bytes:
    """Drop the cells of a sheet's XML beyond so many rows and columns."""
    sheet = _ROW_ELEMENT.sub(lambda row: row[0] if int(row[2]) <= rows else b"", sheet)
    return _ANY_CELL.sub(lambda cell: cell[0] if _column(cell[2]) <= columns else b"", sheet)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def too_far(archive: zipfile.ZipFile, parts: Mapping[str, SheetParts]) -> dict[str, tuple[int, int]]:
    """Return the sheets, by name, that reach further than can be read, with the rows and columns to keep of them."""
    bounds = {}
    for name, sheet in parts.items():
        rows, columns = reach(read_part(archive, sheet.part) or b"")
        if rows * columns > AREA:
            kept = min(columns, COLUMNS)
            bounds[name] = (min(rows, AREA // kept), kept)
    return bounds

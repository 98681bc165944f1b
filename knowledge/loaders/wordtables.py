"""Tables of Word files as rows: merged cells once in a row, and in every row that they reach down to."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from knowledge.loaders.grids import Row
from knowledge.loaders.wordstyles import Styles
from knowledge.loaders.wordtext import W, flag, number, value

WIDEST = 1000
"""The most columns that a cell may take up."""


def rows_of(table: Any, write: Callable[[Any], str]) -> list[Row]:
    """Return the rows that hold something, counted from 1.

    Args:
        table: its element.
        write: returns the words of a paragraph.
    """
    rows: list[Row] = []
    above: dict[int, str] = {}
    for count, row in enumerate(_own(table, "tr"), start=1):
        cells: dict[int, str] = {}
        spans: dict[int, int] = {}
        column = number(value(row, "trPr/gridBefore"))
        for cell in cells_of(row):
            wide = max(1, min(WIDEST, number(value(cell, "tcPr/gridSpan"), 1)))
            merged = cell.find(f"{W}tcPr/{W}vMerge")
            goes_on = merged is not None and merged.get(f"{W}val") != "restart"
            words = above.get(column, "") if goes_on else cell_text(cell, write)
            above[column] = words
            if words:
                cells[column] = words
                spans.update({column: column + wide - 1} if wide > 1 else {})
            column += wide
        if cells:
            rows.append(Row(count, cells, spans))
    return rows


def cells_of(row: Any) -> Iterator[Any]:
    """Yield the cells of a row, those in content controls too."""
    return (cell for cell in row.iter(f"{W}tc") if next(cell.iterancestors(f"{W}tr")) is row)


def cell_text(cell: Any, write: Callable[[Any], str]) -> str:
    """Return the words of a cell in one line, without those of a table inside of it."""
    own = (part for part in cell.iter(f"{W}p") if next(part.iterancestors(f"{W}tc", f"{W}txbxContent")) is cell)
    return " ".join(" ".join(write(paragraph) for paragraph in own).split())


def height(table: Any) -> int:
    """Return how many rows in front are marked to be repeated on every page, which makes them its head."""
    count = 0
    for row in _own(table, "tr"):
        if not flag(row.find(f"{W}trPr"), "tblHeader"):
            break
        count += 1
    return count


def likely(table: Any, styles: Styles) -> bool:
    """Tell whether the first row looks like a head: it stands out, or names three columns or more.

    A table of two columns often has names in the first, and what they stand for in the second.
    """
    first = next(_own(table, "tr"), None)
    if first is None:
        return False
    cells = list(cells_of(first))
    paragraphs: Sequence[Any] = [part for part in first.iter(f"{W}p") if next(part.iter(f"{W}t"), None) is not None]
    bold = bool(paragraphs) and all(map(styles.bold, paragraphs))
    return len(cells) > 2 or styles.heads(table) or bold


def inner_tables(table: Any) -> Iterator[Any]:
    """Yield the tables that stand in cells of this one."""
    return (inner for inner in table.iter(f"{W}tbl") if next(inner.iterancestors(f"{W}tbl"), None) is table)


def _own(table: Any, name: str) -> Iterator[Any]:
    """Yield the table's own rows that were not deleted."""
    for row in table.iter(f"{W}{name}"):
        if next(row.iterancestors(f"{W}tbl")) is table and row.find(f"{W}trPr/{W}del") is None:
            yield row

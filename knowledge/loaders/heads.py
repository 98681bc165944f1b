"""Tables as a reader sees them in a grid: titles above, a head of one row or two, and the rows. Pure functions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from knowledge.loaders.grids import Row, blocks, columns_of

NAME = 100
"""The most characters of a column's name."""
SAMPLE = 20
"""How many rows below a head are looked at."""
NEAR = 3
"""So many rows above at most, a title still belongs to a table, or a head to rows that have none."""
_FIGURE = re.compile(
    r"[-+(]?\s*[$€£¥₹]?\s*[-+]?\d[\d.,'\u00a0\u202f ]*\s*(?:%|[$€£¥₹]|[kKmM]|[A-Z]{3})?\)?"
    r"|[Tt]rue|[Ff]alse|TRUE|FALSE"
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T]\d.*)?|\d{1,2}:\d{2}(?::\d{2})?"
)
"""A number, an amount, a share, a date or a time."""
_YEAR = re.compile(r"(?:19|20)\d\d(?:[-/.]\d.*)?")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that belong together, without those of the titles and the head."""

    rows: Sequence[Row]
    head: Mapping[int, str] = field(default_factory=dict)
    """The names of the columns; empty where there is no head."""
    titles: Sequence[Row] = ()
    """Rows of one cell above the table."""
    named: Sequence[Row] = ()
    """The rows of the head."""
    follows: bool = False
    """Whether it goes on with the table before it, under the same head."""


def tables(rows: Sequence[Row], *, headed: bool = False) -> list[Table]:
    """Find the tables; `headed` says that a first row is likely to be a head, as it is in a CSV file."""
    found: list[Table] = []
    for block in blocks(rows):
        before = found[-1] if found else None
        table = _table(block, before, headed=headed)
        if before and _is_title_of(before, table, block):
            found[-1] = replace(table, titles=before.rows)
        else:
            found.append(table)
    return found


def one_table(rows: Sequence[Row], *, height: int, likely: bool) -> Table:
    """Find the head of what is known to be one table.

    Args:
        rows: those that hold something.
        height: how many of them are marked as its head.
        likely: whether the first row looks like a head, by its style.
    """
    if 0 < height < len(rows):
        head: Mapping[int, str] = _names(rows[0])
        for row in rows[1:height]:
            head = _joined(Row(0, head), row)
        return Table(rows[height:], head, named=rows[:height])
    columns = set().union(*(row.cells for row in rows))
    first = next((i for i, row in enumerate(rows) if len(row.cells) > 1), 0)
    titles, rest = rows[:first], rows[first:]
    head, height = _head(rest, columns, surely=not likely) if len(columns) > 1 else ({}, 0)
    return Table(rest[height:], head, titles, rest[:height])


def _is_title_of(before: Table, table: Table, block: Sequence[Row]) -> bool:
    """Tell whether a cell that stands alone is the title of the table that follows."""
    lone = len(before.rows) == 1 and len(before.rows[0].cells) == 1 and not before.head and not before.titles
    wanting = bool(table.rows) and not table.titles and not table.follows and len(columns_of(block)) > 1
    return lone and wanting and 0 < block[0].number - before.rows[0].number <= NEAR


def _table(block: Sequence[Row], before: Table | None, *, headed: bool) -> Table:
    columns = set().union(*(row.cells for row in block))
    if len(columns) == 1:
        return _single(block) if headed else Table(block)
    first = next((i for i, row in enumerate(block) if len(row.cells) > 1), 0)
    titles, rows = block[:first], block[first:]
    known = _head_before(before, rows, columns, 1_000_000 if headed else NEAR) if not titles else {}
    if known and _names(rows[0]) == known:
        return Table(rows[1:], known, follows=True)
    head, height = _head(rows, columns, surely=bool(known))
    if known and not head:
        return Table(rows, known, follows=True)
    return Table(rows[height:], head, titles, rows[:height])


def _single(block: Sequence[Row]) -> Table:
    """Take the first row of a single column for its name, if it is short and ends as no sentence does."""
    (column, name), *_ = block[0].cells.items()
    if len(block) > 2 and len(name) <= NAME // 2 and not _figure(name) and name[-1] not in ".!?:;,":
        return Table(block[1:], {column: name}, named=block[:1])
    return Table(block)


def _head_before(before: Table | None, rows: Sequence[Row], columns: set[int], near: int) -> Mapping[int, str]:
    """Return the head of the table just above, if these rows have no other columns."""
    if before is None or not before.rows or not columns <= set(before.head):
        return {}
    return before.head if 0 < rows[0].number - before.rows[-1].number <= near else {}


def _head(rows: Sequence[Row], columns: set[int], *, surely: bool) -> tuple[Mapping[int, str], int]:
    """Return the names of the columns, and how many rows they take up; `surely` asks for more than likeness."""
    if len(rows) > 2 and _groups(rows[0], rows[1]) and _is_head(rows[1], rows[2:], columns, surely=True):
        return _joined(rows[0], rows[1]), 2
    if _is_head(rows[0], rows[1:], columns, surely=surely):
        return _names(rows[0]), 1
    return {}, 0


def _groups(row: Row, below: Row) -> bool:
    """Tell whether a row names groups of the columns that the row below names."""
    if any(_figure(cell) and not _YEAR.fullmatch(cell) for cell in row.cells.values()):
        return False
    return bool(row.spans) or 1 < len(row.cells) < len(below.cells)


def _joined(groups: Row, row: Row) -> Mapping[int, str]:
    """Put the name of a group before the names in it; it reaches to the next, where no cell is merged."""
    above, names = dict(_names(groups)), _names(row)
    if not groups.spans:
        reached = ""
        for column in sorted(names):
            above[column] = reached = above.get(column, reached)
    return {
        column: " ".join(dict.fromkeys(filter(None, (above.get(column), names.get(column)))))
        for column in sorted({*above, *names})
    }


def _names(row: Row) -> Mapping[int, str]:
    """Return what a head's cells say, in all the columns that they are merged over."""
    return {
        column: " ".join(cell.split()).rstrip(": ")
        for first, cell in row.cells.items()
        for column in range(first, row.spans.get(first, first) + 1)
    }


def _is_head(row: Row, body: Sequence[Row], columns: set[int], *, surely: bool) -> bool:
    """Tell whether a row names the columns: short words over all of them, and best over something else than words."""
    names = _names(row)
    cells = list(row.cells.values())
    if not body or len(cells) < 2 or len(names) * 2 < len(columns) or len(set(cells)) * 2 <= len(cells):
        return False
    if any(len(cell) > NAME for cell in cells) or _is_form(row, body):
        return False
    filled = set().union(*(row.cells for row in body[:SAMPLE]))
    if len(filled.intersection(names)) * 2 <= len(names):
        return False
    figures = {column for column in names if _figures(body, column)}
    odd = [column for column, name in names.items() if _figure(name)]
    if odd:
        return not figures.intersection(odd) or _years([names[column] for column in odd], body, odd)
    complete = len(columns) - len(names) <= (1 if len(columns) > 3 else 0)
    return bool(figures) or (complete and not surely)


def _is_form(row: Row, body: Sequence[Row]) -> bool:
    """Tell whether cells ask for what stands beside them, or in further rows of the same kind."""
    asking = [sum(cell.rstrip().endswith(":") for cell in part.cells.values()) for part in (row, *body[:SAMPLE])]
    return asking[0] > 0 and (asking[0] * 2 <= len(row.cells) or any(asking[1:]))


def _years(names: Sequence[str], body: Sequence[Row], columns: Sequence[int]) -> bool:
    """Tell whether figures in a head are years or dates, over figures that are none."""
    below = [row.cells[column] for row in body[:SAMPLE] for column in columns if column in row.cells]
    years = sum(bool(_YEAR.fullmatch(cell)) for cell in below)
    return len(set(names)) > 1 and all(map(_YEAR.fullmatch, names)) and years * 2 < len(below)


def _figure(cell: str) -> bool:
    return len(cell) <= NAME and bool(_FIGURE.fullmatch(cell.strip()))


def _figures(body: Sequence[Row], column: int) -> bool:
    """Tell whether most cells below are figures."""
    cells = [row.cells[column] for row in body[:SAMPLE] if column in row.cells]
    return sum(_figure(cell) for cell in cells) * 2 > len(cells)

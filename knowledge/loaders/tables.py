"""Tables as text: each row names its columns, so that it can be read alone, wherever a passage is cut."""

import re
from collections.abc import Iterator, Mapping, Sequence

from knowledge.loaders.draft import Draft
from knowledge.loaders.grids import Row, columns_of
from knowledge.loaders.heads import Table, one_table, tables

WIDTH = 500
"""Characters after which a row goes on in a line of its own, as it would fill a passage."""
ROWS = 100_000
"""The most rows that are read of a sheet: they make more passages than most handbooks have."""
TITLE = 120
"""The most characters of a title above a table."""

_SENTENCES = re.compile(r"(?<=[.!?。])\s+")


def rows_as_text(rows: Sequence[Sequence[str]], *, headed: bool) -> str:
    """Write a line for each row: `column: cell; column: cell` under a head, `cell | cell` without one."""
    if not headed or len(rows) < 2:
        return "\n".join(" | ".join(filter(None, row)) for row in rows if any(row))
    head, *body = rows
    return "\n".join(_row(head, row) for row in body if any(row))


def put_tables(
    draft: Draft,
    rows: Sequence[Row],
    *,
    level: int,
    headed: bool = False,
    remarks: Mapping[int, Sequence[str]] | None = None,
) -> None:
    """Add all that stands on a sheet, each line with the number of its row; titles of tables become headings.

    Args:
        draft: where to add it.
        rows: those that hold something, from the top.
        level: of those headings.
        headed: whether the first row is likely to name the columns.
        remarks: what is said of the cells, by the number of the row.
    """
    said = dict(remarks or {})
    titled = False
    for table in tables(rows, headed=headed):
        if titled and not table.follows:
            draft.close(level)
            titled = False
        title = _title(table)
        if title:
            draft.heading(level, title)
            titled = True
        else:
            draft.lines([(cell.strip("\n"), row.number) for row in table.titles for cell in row.cells.values()])
        draft.lines(list(_lines(table, said)))
    draft.lines([(remark, number) for number in sorted(said) for remark in said[number]])


def put_table(draft: Draft, rows: Sequence[Row], *, height: int = 0, likely: bool = False) -> None:
    """Add one table of a text or a slide, its rows counted from 1.

    Args:
        draft: where to add it.
        rows: those that hold something.
        height: how many of them are marked as its head.
        likely: whether the first row looks like a head, by its style.
    """
    if rows:
        table = one_table(rows, height=height, likely=likely)
        titles = [(cell.strip("\n"), row.number) for row in table.titles for cell in row.cells.values()]
        draft.lines([*titles, *_lines(table, {})])


def _title(table: Table) -> str:
    """Return what stands above a table as one line; nothing if that is no title."""
    cells = [_flat(cell) for row in table.titles for cell in row.cells.values()]
    title = " – ".join(cells)
    return title if table.rows and len(title) <= TITLE and not title.endswith((":", ".")) else ""


def _lines(table: Table, said: dict[int, Sequence[str]]) -> Iterator[tuple[str, int]]:
    """Yield the lines of the rows, and take out what is said of their cells: each remark stands once."""
    filled = columns_of(table.rows)
    if not filled.issuperset(table.head):
        yield from ((" | ".join(_flat(cell) for cell in row.cells.values()), row.number) for row in table.named)
    for row in table.rows:
        for line in row_lines(table.head, row):
            yield line, row.number
        for remark in said.pop(row.number, ()):
            yield remark, row.number


def row_lines(head: Mapping[int, str], row: Row) -> list[str]:
    """Write a row as one line, or as several that begin alike where it is too wide to be read at once."""
    if len(row.cells) == 1:
        (column, cell), *_ = row.cells.items()
        plain = not head or row.spans or column not in head
        return [cell.strip() if plain else _named(head, column, cell)]
    parts = [part for column, cell in row.cells.items() for part in _parts(head, column, cell)]
    gap = "; " if head else " | "
    lines = [parts[0]]
    key = parts[0] if len(parts[0]) <= WIDTH // 4 else ""
    for part in parts[1:]:
        if len(lines[-1]) + len(part) > WIDTH and lines[-1] != key:
            lines.append(key)
        lines[-1] = gap.join(filter(None, (lines[-1], part)))
    return lines


def _parts(head: Mapping[int, str], column: int, cell: str) -> Iterator[str]:
    """Yield a cell under its name; a long one sentence by sentence, as many at once as fit."""
    if len(cell) <= WIDTH:
        yield _named(head, column, cell)
        return
    part = ""
    for sentence in _SENTENCES.split(_flat(cell)):
        if part and len(part) + len(sentence) > WIDTH:
            yield _named(head, column, part)
            part = ""
        part = f"{part} {sentence}".strip()
    yield _named(head, column, part)


def _named(head: Mapping[int, str], column: int, cell: str) -> str:
    name = head.get(column, "")
    return f"{name}: {_flat(cell)}" if name else _flat(cell)


def _flat(cell: str) -> str:
    return " ".join(cell.split())


def _row(head: Sequence[str], row: Sequence[str]) -> str:
    named = [(head[i] if i < len(head) else "", cell) for i, cell in enumerate(row)]
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in named if cell)

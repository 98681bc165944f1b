"""Cells on a sheet, and the stretches of them that empty rows and columns keep apart. Pure functions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain


@dataclass(frozen=True, slots=True)
class Row:
    """A row that holds something."""

    number: int
    """As the sheet counts it, from 1."""
    cells: Mapping[int, str]
    """What its cells hold, by their column, from 0, left to right; empty ones are left out."""
    spans: Mapping[int, int] = field(default_factory=dict)
    """The last column of each cell that is merged over several; only of those that hold something."""

    def columns(self) -> set[int]:
        """Return the columns that it takes up."""
        if not self.spans:
            return set(self.cells)
        covered = (range(first, last + 1) for first, last in self.spans.items())
        return set(chain(self.cells, *covered))


def columns_of(rows: Sequence[Row]) -> set[int]:
    """Return the columns that any of the rows takes up."""
    return set().union(*(row.columns() for row in rows))


def blocks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Cut rows at empty ones, then at empty columns, then where the columns of those above end for good."""
    for band in _bands(rows):
        parts = _beside(band)
        if len(parts) == 1:
            yield from _apart(band)
        else:
            for part in parts:
                yield from blocks(part)


def _bands(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Cut rows where the sheet has an empty one."""
    start = 0
    for i in range(1, len(rows)):
        if rows[i].number > rows[i - 1].number + 1:
            yield rows[start:i]
            start = i
    if rows:
        yield rows[start:]


def _beside(band: Sequence[Row]) -> list[Sequence[Row]]:
    """Cut a band at empty columns; a single column belongs to what stands beside it, as the names of its rows do."""
    groups: list[list[int]] = []
    for run in _runs(sorted(columns_of(band))):
        if groups and (len(run) == 1 or len(groups[-1]) == 1):
            groups[-1] += run
        else:
            groups.append(run)
    if len(groups) < 2:
        return [band]
    parts: list[Sequence[Row]] = [_within(band, set(group)) for group in groups]
    return [band] if _one_table(parts) else parts


def _one_table(parts: Sequence[Sequence[Row]]) -> bool:
    """Tell whether parts are one table with gaps for the eye: they have the same rows, and other names in the first."""
    numbers = {tuple(row.number for row in part) for part in parts}
    names = [set(part[0].cells.values()) for part in parts]
    return len(numbers) == 1 and len(set().union(*names)) == sum(map(len, names))


def _runs(columns: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for column in columns:
        if runs and column == runs[-1][-1] + 1:
            runs[-1].append(column)
        else:
            runs.append([column])
    return runs


def _within(rows: Sequence[Row], columns: set[int]) -> list[Row]:
    """Return what the rows hold in some columns, without those that hold nothing there."""
    parts = (
        replace(
            row,
            cells={column: cell for column, cell in row.cells.items() if column in columns},
            spans={column: last for column, last in row.spans.items() if column in columns},
        )
        for row in rows
    )
    return [part for part in parts if part.cells]


def _apart(band: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Cut a band where no column goes on beyond the cut, as between tables that stand cornerwise."""
    last = {column: i for i, row in enumerate(band) for column in row.columns()}
    start, reach = 0, 0
    for i, row in enumerate(band):
        if i > reach:
            yield band[start:i]
            start = i
        reach = max([reach, *(last[column] for column in row.columns())])
    yield band[start:]

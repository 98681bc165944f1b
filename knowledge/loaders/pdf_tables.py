"""Tables on a PDF's page: rows of cells that stand under the cells of a first row that is clearly a head.

Where it is not clear, the lines stay as they are: a table read as text loses less than text read as a table.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from knowledge.documents import Box
from knowledge.loaders.pdf_lines import Cell, Line, around
from knowledge.loaders.tables import rows_as_text

FARTHEST = 30
"""By how much, in sizes of the font, a row may widen a column."""
WAITING = 3
"""How many lines of one cell may stand between two rows."""
_FIGURE = re.compile(r"[-+−(]?[$€£¥]?\s?[-+−]?[\d.,]*\d.*")
_YEAR = re.compile(r"(?:19|20)\d\d\*?")
_SIGNS = ("#", "%", "$", "€", "£")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a table as text, each with its box."""

    rows: Sequence[tuple[str, Box]]


def with_tables(lines: Sequence[Line]) -> Iterator[Line | Table]:
    """Yield lines, and tables in the place of the lines they are made of."""
    i = 0
    while i < len(lines):
        grid = _grid(lines, i)
        if grid is None:
            yield lines[i]
            i += 1
        else:
            yield grid.table()
            i = grid.stop


def _grid(lines: Sequence[Line], start: int) -> "_Grid | None":
    """Return the table whose head is a line, if it is one."""
    head = lines[start]
    if len(head.cells) < 2 or not all(_names(cell.text) for cell in head.cells):
        return None
    grid = _Grid(head, start + 1)
    for i in range(start + 1, len(lines)):
        if not grid.take(lines[i], i):
            break
    grid.finish()
    return grid if grid.convincing() else None


def _names(text: str) -> bool:
    """Tell whether a cell may name a column."""
    lettered = bool(_LETTER.search(text)) or text in _SIGNS or bool(_YEAR.fullmatch(text))
    return lettered and len(text) <= 40 and not text.endswith((":", ".", ",", ";"))


def _figure(text: str) -> bool:
    return bool(_FIGURE.fullmatch(text)) and not _YEAR.fullmatch(text)


_Row = dict[int, list[Cell]]


class _Grid:
    """The columns of a table in the making, and the rows that fitted."""

    def __init__(self, head: Line, stop: int) -> None:
        self._head = head
        self._names = [cell.text for cell in head.cells]
        self._columns = [(cell.box[0], cell.box[2]) for cell in head.cells]
        self._rows: list[_Row] = []
        self._tops: list[float] = []
        self._last = head
        self._bold = False
        self._went_on: set[int] = set()
        self._waiting: list[tuple[int, Cell]] = []
        self.stop = stop
        """The number of the first line behind the table."""

    def take(self, line: Line, number: int) -> bool:
        """Add a line that stands under the head; return whether there may be more."""
        apart = line.box[1] - self._last.box[1]
        if not 0 < apart <= 4 * self._head.size:
            return False
        if len(line.cells) == 1:
            column = self._column(line)
            self._waiting.append((column, line.cells[0]))
            self._last = line
            return column >= 0 and len(self._waiting) <= WAITING
        self._label(line)
        columns = self._placed(line)
        if columns is None:
            return False
        row = {column: [cell] for column, cell in zip(columns, line.cells, strict=True)}
        self._settle(row)
        if min(row) > 0 and self._rows and apart <= 0.75 * self._pitch():
            _extend(self._rows[-1], row)
        else:
            self._rows.append(row)
            self._tops.append(line.box[1])
        self._last = line
        self._bold = self._bold or line.bold
        self.stop = number + 1
        return True

    def finish(self) -> None:
        """Let the last row go on if rows before it went on in the same way."""
        if self._rows and self._waiting and self._waiting[0][0] in self._went_on:
            column, cell = self._waiting[0]
            _extend(self._rows[-1], {column: [cell]})
            self.stop += 1

    def convincing(self) -> bool:
        """Tell whether this is a table without doubt: enough rows, and a head that differs from them."""
        enough = {2: 3, 3: 2}.get(len(self._columns), 1)
        plain = not any(_figure(name) for name in self._names)
        figures = [
            sum(_figure(" ".join(c.text for c in row[column])) for row in self._rows if column in row)
            for column in range(len(self._columns))
        ]
        numeric = any(2 * count > len(self._rows) for count in figures)
        return len(self._tops) >= enough and ((self._head.bold and not self._bold) or (plain and numeric))

    def table(self) -> Table:
        """Return its rows as text."""
        rows = []
        for row in self._rows:
            cells = [" ".join(cell.text for cell in row.get(column, ())) for column in range(len(self._names))]
            boxes = [cell.box for column in row.values() for cell in column]
            rows.append((rows_as_text([self._names, cells], headed=True), around(boxes)))
        return Table(rows)

    def _label(self, line: Line) -> None:
        """Make room for labels left of the columns that the head names."""
        first = line.cells[0].box
        if not self._rows and self._names[0] and first[2] <= self._columns[0][0] and len(line.cells) > 1:
            self._names.insert(0, "")
            self._columns.insert(0, (first[0], first[2]))
            self._waiting = [(0, cell) for _, cell in self._waiting]

    def _pitch(self) -> float:
        """Return the widest distance between two rows so far."""
        return max((b - a for a, b in pairwise(self._tops)), default=0.0)

    def _settle(self, row: _Row) -> None:
        """Find the rows to which the lines of one cell above a row belong: the last one, this one, or their own."""
        for column, cell in self._waiting:
            if self._rows and (column > 0 or cell.text[0].islower()):
                _extend(self._rows[-1], {column: [cell]})
                self._went_on.add(column)
            elif column == 0 and 0 in row and row[0][0].text[0].islower():
                row[0].insert(0, cell)
            else:
                self._rows.append({column: [cell]})
        self._waiting = []

    def _column(self, line: Line) -> int:
        """Return the column under whose left edge a line of one cell begins; -1 if there is none."""
        left = line.cells[0].box[0]
        near = min(range(len(self._columns)), key=lambda i: abs(self._columns[i][0] - left))
        before = not self._rows and left <= self._columns[0][0]
        return near if before or abs(self._columns[near][0] - left) <= 2 * line.size else -1

    def _placed(self, line: Line) -> list[int] | None:
        """Return the columns of a line's cells, and widen those; nothing where a cell fits none or two one."""
        single = [_under(self._columns, cell, 2 * line.size) for cell in line.cells]
        # A full row is in the order of its columns, be the head left and the figures right in them.
        full = sorted(range(len(self._columns)), key=lambda i: self._columns[i], reverse=line.cells[0] != _first(line))
        for placed in (single, full):
            if len(placed) == len(line.cells) and None not in placed and len(set(placed)) == len(placed):
                columns = _widened(self._columns, [i for i in placed if i is not None], line)
                if columns is not None:
                    self._columns = columns
                    return [i for i in placed if i is not None]
        return None


def _first(line: Line) -> Cell:
    return min(line.cells, key=lambda cell: cell.box[0])


def _widened(
    columns: Sequence[tuple[float, float]], placed: Sequence[int], line: Line
) -> list[tuple[float, float]] | None:
    """Return the columns so wide that a line's cells have room in them; nothing where they would overlap."""
    wider = list(columns)
    for column, cell in zip(placed, line.cells, strict=True):
        x0, x1 = wider[column]
        wider[column] = min(x0, cell.box[0]), max(x1, cell.box[2])
    apart = all(a[1] <= b[0] for a, b in pairwise(sorted(wider)))
    grown = max((b[1] - b[0]) - (a[1] - a[0]) for a, b in zip(columns, wider, strict=True))
    return wider if apart and grown <= FARTHEST * line.size else None


def _under(columns: Sequence[tuple[float, float]], cell: Cell, most: float) -> int | None:
    """Return the one column that a cell stands under, or near by."""
    left, right = cell.box[0], cell.box[2]
    apart = [max(x0 - right, left - x1) for x0, x1 in columns]
    under = [i for i, distance in enumerate(apart) if distance < 0]
    if len(under) > 1:
        return None
    near = under[0] if under else apart.index(min(apart))
    return near if apart[near] < most else None


def _extend(row: _Row, more: _Row) -> None:
    for column, cells in more.items():
        row.setdefault(column, []).extend(cells)

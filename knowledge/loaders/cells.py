"""Tables of marked-up text as rows of cells: spans spread out, heads joined, then written as lines."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from knowledge.loaders.tables import rows_as_text

REPEATED = 20_000
"""The most cells that spans may fill beside their own: a page can claim spans of any size."""
WIDEST = 200
"""The most columns that one cell may span."""


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One cell as the markup has it: no two are equal, so that a repeated cell is known again."""

    text: str
    head: bool = False
    """Whether the markup calls it the head of a row or a column."""
    across: int = 1
    """The columns that it spans."""
    down: int = 1
    """The rows that it spans."""


EMPTY = Cell("")


def table_as_text(rows: Sequence[Sequence[Cell]], heads: int | None = None) -> str:
    """Write a line for each row, under the names of its columns where there are any.

    Args:
        rows: the rows of the markup, spans not yet spread out.
        heads: how many rows at the top name the columns; None to tell it from the cells.
    """
    spread = [row for row in _spread(rows) if any(cell.text for cell in row)]
    titles, spread = _titles(spread)
    heads = _heads(spread) if heads is None else max(0, heads - len(titles))
    lines = list(titles)
    body = [row for row in spread[heads:] if not _continued(row)]
    if heads and body:
        names = [_joined(column) for column in _columns(spread[:heads])]
        lines.append(_named(names, spread[heads - 1], body))
    else:
        lines.append("\n".join(map(_plain, spread[:heads] + body)))
    return "\n".join(filter(None, lines))


def _spread(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """Repeat each cell into all the places that it covers."""
    covered: dict[int, dict[int, Cell]] = {}
    room = REPEATED
    spread = []
    for number, row in enumerate(rows):
        taken = covered.pop(number, {})
        column = 0
        for cell in row:
            column = next(free for free in count(column) if free not in taken)
            across = min(cell.across, WIDEST, room + 1)
            down = min(cell.down, len(rows) - number, room // across + 1)
            room = max(0, room - across * down + 1)
            for place in range(column, column + across):
                taken.setdefault(place, cell)
                for below in range(number + 1, number + down):
                    covered.setdefault(below, {}).setdefault(place, cell)
            column += across
        spread.append([taken.get(place, EMPTY) for place in range(max(taken, default=-1) + 1)])
    return spread


def _titles(rows: list[list[Cell]]) -> tuple[list[str], list[list[Cell]]]:
    """Take away the rows at the top that are one cell over all columns: they name the table."""
    wide = max(map(len, rows), default=0)
    first = 0
    while first < len(rows) - 1 and wide > 1 and len(rows[first]) == wide and len(set(rows[first])) == 1:
        first += 1
    return [row[0].text for row in rows[:first]], rows[first:]


def _heads(rows: list[list[Cell]]) -> int:
    """Return how many rows name the columns: those of head cells only, else perhaps the first."""
    marked = 0
    while marked < len(rows) and _is_head(rows[marked]) and not (marked and _continued(rows[marked])):
        marked += 1
    if marked:
        return marked if marked < len(rows) else 1
    return 1 if len(rows) > 2 and not any(cell.head for cell in rows[0]) and _reads_as_head(rows) else 0


def _is_head(row: list[Cell]) -> bool:
    return len(row) > 1 and all(cell.head or not cell.text for cell in row)


def _reads_as_head(rows: list[list[Cell]]) -> bool:
    """Tell whether a first row that is not marked names columns: three words or more, short, none alike, no figures."""
    words = [cell.text for cell in rows[0]]
    short = all(0 < len(word) <= 40 and not any(char.isdigit() for char in word) for word in words)
    figures = any(char.isdigit() for row in rows[1:] for cell in row for char in cell.text)
    return len(words) > 2 and short and figures and len(set(words)) == len(words)


def _continued(row: list[Cell]) -> bool:
    """Tell whether a row says only what the rows below it repeat."""
    return all(cell.down > 1 or not cell.text for cell in row) and all(cell.head or not cell.text for cell in row)


def _columns(rows: list[list[Cell]]) -> Iterator[list[Cell]]:
    for place in range(max(map(len, rows))):
        yield [row[place] for row in rows if place < len(row)]


def _joined(cells: Sequence[Cell]) -> str:
    """Join the heads above a column, each once."""
    return " ".join(dict.fromkeys(cell.text for cell in cells if cell.text))


def _named(names: list[str], head: list[Cell], body: list[list[Cell]]) -> str:
    """Write rows under their heads; one that is a single cell over several columns stands alone."""
    lines = []
    for row in body:
        if len(set(row)) == 1 and len(row) > 1:
            lines.append(row[0].text)
            continue
        cells = [cell.text for cell in row]
        for place in range(1, min(len(row), len(head))):
            if row[place] is row[place - 1] and head[place] is head[place - 1]:
                cells[place] = ""
        lines.append(rows_as_text([names, cells], headed=True))
    return "\n".join(filter(None, lines))


def _plain(row: list[Cell]) -> str:
    """Write a row without heads above it; a head at its left names it."""
    cells = list(dict.fromkeys(cell for cell in row if cell.text))
    if len(cells) > 1 and ((cells[0].head and not cells[1].head) or cells[0].text.endswith(":")):
        return f"{cells[0].text.rstrip(':')}: {' | '.join(cell.text for cell in cells[1:])}"
    return " | ".join(cell.text for cell in cells)

"""CSV and TSV: the delimiter is found out; a line of text for each row, which names its columns."""

import csv
import io
from collections.abc import Iterable

from knowledge.documents import Content
from knowledge.loaders.draft import Draft
from knowledge.loaders.encodings import decode
from knowledge.loaders.grids import Row
from knowledge.loaders.options import Options
from knowledge.loaders.tables import ROWS, put_tables

DELIMITERS = ",;\t|"
LOOKED_AT = 50
"""Rows that tell the delimiter."""
CELL_LINES = 200
"""The most lines of a cell."""


def load(data: bytes, options: Options) -> Content:
    """Read a table with the numbers of its rows, counted as spreadsheets count them.

    Raises:
        UnreadableFile: the bytes are not text.
    """
    text = decode(data)
    delimiter, text = _declared(text)
    csv.field_size_limit(len(text) + 1)
    rows, more = _rows(text, delimiter or _delimiter(text))
    draft = Draft()
    put_tables(draft, rows, level=1, headed=True)
    notes = [f"it has more than {ROWS} rows, and only those were read: split it"] if more else []
    return draft.content(None, notes)


def _declared(text: str) -> tuple[str, str]:
    """Return the delimiter that a first line `sep=;` names, as Excel writes it, and the text without that line."""
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first) == len("sep=;"):
        return first[-1], "\n" + rest  # an empty line in its place: the rows keep their numbers
    return "", text


def _delimiter(text: str) -> str:
    """Return the delimiter that cuts most rows into the same number of cells, and into the most cells."""
    sample = text[: 2**16]
    scores = {delimiter: _score(sample, delimiter) for delimiter in DELIMITERS}
    return max(scores, key=lambda delimiter: scores[delimiter])


def _score(sample: str, delimiter: str) -> tuple[float, float]:
    widths: list[int] = []
    for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
        if len(widths) == LOOKED_AT:
            break
        if any(cells):
            widths.append(len(cells))
    if not widths or max(widths) < 2:
        return 0, 0
    usual = max(set(widths), key=lambda width: (widths.count(width), width))
    share = widths.count(usual) / len(widths)
    return (share if usual > 1 else 0, usual)


def _rows(text: str, delimiter: str) -> tuple[list[Row], bool]:
    """Return the rows that hold something, and whether there are more than are read."""
    rows, more = _gathered(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    if any(cell.count("\n") > CELL_LINES for row in rows for cell in row.cells.values()):
        # A quotation mark that nothing closes: it quotes nothing.
        return _gathered(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE))
    return rows, more


def _gathered(table: Iterable[list[str]]) -> tuple[list[Row], bool]:
    """Number the rows as a spreadsheet does, where a cell of several lines makes no more rows."""
    rows: list[Row] = []
    for number, cells in enumerate(table, start=1):
        held = {column: cell.strip() for column, cell in enumerate(cells) if cell.strip()}
        if held and len(rows) == ROWS:
            return rows, True
        if held:
            rows.append(Row(number, held))
    return rows, False

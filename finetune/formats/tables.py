"""CSV and TSV to rows: the first line names the columns, a cell may hold line breaks. Pure."""

import csv
import io
from collections.abc import Iterator, Sequence

from finetune.errors import BadInput
from finetune.formats.rows import Problem, Row, bytes_problem, shown

DELIMITERS = ",;\t|"
LONGEST_CELL = 16_000_000
"""Characters of a cell from which it is taken for a quote that was never closed."""


def read(text: str, delimiter: str | None = None) -> Iterator[Row | Problem]:
    """Read the rows of a table, decoded with `surrogateescape`.

    Args:
        text: the table; Excel's first line `sep=;` is understood.
        delimiter: what parts the cells; found in the first line where not given.

    Raises:
        BadInput: the first line does not name the columns.
    """
    # The limit is the module's own, 131,072 by default: less than some answers with their sources
    csv.field_size_limit(LONGEST_CELL)
    skipped = text.lower().startswith("sep=")
    first = text.split("\n", 2)[skipped] if text.count("\n") >= skipped else ""
    stream = io.StringIO(text, newline="")
    if skipped:
        stream.readline()
    table = csv.reader(stream, delimiter=delimiter or _delimiter(first), strict=True)
    before, header = int(skipped), None
    while True:
        line = before + table.line_num + 1
        try:
            cells = next(table, None)
        except csv.Error as error:
            yield Problem(line, _complaint(error))
            continue
        if cells is None:
            return
        if header is None:
            header = _header(cells) if cells else None
        elif any(cell.strip() for cell in cells):
            yield _row(header, cells, line)


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=header.count)


def _header(cells: Sequence[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise BadInput(f"two columns are called {shown(twice[:1])!r}: give each a name of its own")
    return names


def _row(header: Sequence[str], cells: Sequence[str], line: int) -> Row | Problem:
    if found := bytes_problem("\n".join(cells), line):
        return Problem(line, found.text)
    if len(cells) > len(header):
        return Problem(
            line, f"{len(cells)} cells under {len(header)} columns: put cells that hold the delimiter into quotes"
        )
    texts = [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in cells]
    texts += [""] * (len(header) - len(texts))
    return Row(line, {name: text for name, text in zip(header, texts, strict=True) if name})


def _complaint(error: csv.Error) -> str:
    if "unexpected end" in str(error) or "field larger" in str(error):
        return "a quote is opened in this row and never closed: close it, or write it twice"
    return f"not CSV ({error}): put cells that hold quotes into quotes, and write the quotes in them twice"

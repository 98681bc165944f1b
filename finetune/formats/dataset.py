"""A file of training data, whatever its form, to rated answers, with what is wrong in it line by line.

The form is found by looking at the rows: that of most of them is the file's, and the others are told.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from finetune.errors import BadInput
from finetune.examples import RatedAnswer
from finetune.formats import columns, forms, source
from finetune.formats.columns import Columns
from finetune.formats.forms import Cells, Form
from finetune.formats.rows import Problem, Row, shown


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a file of training data holds, and what in it cannot be used."""

    path: Path
    digest: str
    """The first 16 hexadecimal digits of the file's SHA-256."""
    format: str
    """What the form of the rows is called, empty if it is none that is known."""
    usable: int
    """Rows of the file that can be used; one may hold more than one answer."""
    rows: tuple[RatedAnswer, ...]
    lines: tuple[int, ...]
    """On which line of the file the row of each of them begins."""
    problems: tuple[Problem, ...] = ()
    """In the order of their lines."""


def read(path: Path, named: Columns | None = None) -> Dataset:
    """Read all rows of a file; those that cannot be used are told as problems.

    Args:
        path: JSONL, JSON, CSV, TSV or Parquet, packed with gzip or not.
        named: what columns are for, where their names do not say it.

    Raises:
        BadInput: the file cannot be read at all, holds no rows, or lacks a column that was named.
    """
    if named is not None:
        columns.check(named)
    found = source.read(path)
    if not found.items:
        raise BadInput(f"{path} holds no rated answers, nor any other rows")
    rows = [item for item in found.items if isinstance(item, Row)]
    if named is not None and rows:
        columns.refuse_missing(named, {key: None for row in rows for key in row.cells})
    known = [forms.recognise(item.cells, named) if isinstance(item, Row) else None for item in found.items]
    file = _file(path.name, found.items, known)
    used: list[RatedAnswer] = []
    lines: list[int] = []
    problems: list[Problem] = []
    for number, (item, form) in enumerate(zip(found.items, known, strict=True), 1):
        rated = file.read(item, form, number)
        if isinstance(rated, Problem):
            problems.append(rated)
        else:
            used += rated
            lines += [item.line] * len(rated)
    usable = len(found.items) - len(problems)
    return Dataset(path, found.digest, file.format, usable, tuple(used), tuple(lines), tuple(problems))


def read_strict(path: Path, named: Columns | None = None) -> Dataset:
    """Read all rows of a file, each of which must be usable.

    Raises:
        BadInput: the file cannot be read, or a row cannot be used; the text names its line, and how many more.
    """
    dataset = read(path, named)
    if dataset.problems:
        first, *others = dataset.problems
        more = f" (and {len(others)} more; `python -m finetune check {path.name}` tells them all)" if others else ""
        raise BadInput(f"{path}:{first.line}: {first.text}{more}")
    return dataset


@dataclass(frozen=True, slots=True)
class _File:
    """What is known of a file before its rows are read one by one."""

    name: str
    format: str
    crowded: bool
    """Whether rows share a line, as in an array written without line breaks, so that its number does not tell them."""

    def read(self, item: Row | Problem, form: Form | None, number: int) -> list[RatedAnswer] | Problem:
        """Read one row, or say what is wrong with it."""
        row = f"row {number}: " if self.crowded else ""
        if isinstance(item, Problem):
            return Problem(item.line, row + item.text)
        try:
            return self._rated(item.cells, form, f"{self.name}:{item.line}" + f".{number}" * self.crowded)
        except BadInput as error:
            return Problem(item.line, f"{row}{error}")
        except RecursionError:
            return Problem(item.line, f"{row}nested too deeply: leave it out")

    def _rated(self, cells: Cells, form: Form | None, where: str) -> list[RatedAnswer]:
        if form is None:
            raise BadInput(
                f"no known form has the keys {shown(cells)}: tell which is which with --columns prompt=…,answer=…"
            )
        name = forms.name(form, cells)
        if name != self.format:
            raise BadInput(f"this is of the form {name!r}, most rows are {self.format!r}: give each form its own file")
        return form.read(cells, where)


def _file(name: str, items: Sequence[Row | Problem], known: Sequence[Form | None]) -> _File:
    names = Counter(
        forms.name(form, item.cells)
        for item, form in zip(items, known, strict=True)
        if form is not None and isinstance(item, Row)
    )
    crowded = len({item.line for item in items}) < len(items)
    return _File(name, names.most_common(1)[0][0] if names else "", crowded)

"""A file of training data, whatever its form, to rated answers, with what is wrong in it line by line.

The form is found by looking at the rows: that of most of them is the file's, and the others are told.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from finetune.errors import BadInput
from finetune.examples import RatedAnswer
from finetune.formats import columns, forms, messages, source
from finetune.formats.columns import Columns
from finetune.formats.rows import Problem, Row

SHOWN_KEYS = 8


@dataclass(frozen=True, slots=True)
class Dataset:
    """What a file of training data holds, and what in it cannot be used."""

    path: Path
    digest: str
    """The first 16 hexadecimal digits of the file's SHA-256."""
    format: str
    """What the form of the rows is called, empty if it is none that is known."""
    read: int
    """Rows of the file that can be used."""
    rows: tuple[RatedAnswer, ...]
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
    found = source.read(path)
    rows = [item for item in found.items if isinstance(item, Row)]
    problems = [item for item in found.items if isinstance(item, Problem)]
    if not rows and not problems:
        raise BadInput(f"{path} holds no rated answers, nor any other rows")
    if named is not None and rows:
        columns.refuse_missing(named, rows[0].cells)
    form = _main_form(rows, named)
    used: list[RatedAnswer] = []
    good = 0
    for row in rows:
        try:
            used += _rated(row, form, named, f"{path.name}:{row.line}")
            good += 1
        except BadInput as error:
            problems.append(Problem(row.line, str(error)))
        except RecursionError:
            problems.append(Problem(row.line, "nested too deeply: leave the row out"))
    problems.sort(key=lambda problem: problem.line)
    return Dataset(path, found.digest, form, good, tuple(used), tuple(problems))


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


def _main_form(rows: Sequence[Row], named: Columns | None) -> str:
    known = ((forms.recognise(row.cells, named), row.cells) for row in rows)
    names = Counter(forms.name(form, cells) for form, cells in known if form is not None)
    return names.most_common(1)[0][0] if names else ""


def _rated(row: Row, expected: str, named: Columns | None, where: str) -> list[RatedAnswer]:
    """Read one row.

    Raises:
        BadInput: it cannot be used, or is of another form than most of the file.
    """
    form = forms.recognise(row.cells, named)
    if form is None:
        keys = ", ".join(list(row.cells)[:SHOWN_KEYS]) or "none"
        raise BadInput(f"no known form has these keys ({keys}): tell which is which with --columns prompt=…,answer=…")
    name = forms.name(form, row.cells)
    if name != expected:
        raise BadInput(
            f"this row is of the form {name!r}, most others are {expected!r}: give each form a file of its own"
        )
    if named is None:
        messages.refuse_media(row.cells)
    return form.read(row.cells, where)

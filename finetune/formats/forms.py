"""The forms that rows come in, and how each is known by its keys. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from finetune.examples import RatedAnswer
from finetune.formats import alpaca, columns, completions, conversations, rated, trees
from finetune.formats.columns import Columns

Cells = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """A form that rows come in: what it is called, how it is known, and who reads it."""

    name: str
    fits: Callable[[Cells], bool]
    read: Callable[[Cells, str], list[RatedAnswer]]
    thumbs: tuple[str, ...] = ()
    """The keys under which a thumb may stand beside the answer."""


FORMS = (
    Form("rated answers", rated.fits, rated.read),
    Form("ShareGPT", conversations.fits_sharegpt, conversations.read, conversations.LABELS),
    Form("OpenAssistant trees", trees.fits, trees.read),
    Form("Alpaca", alpaca.fits, alpaca.read, alpaca.LABELS),
    Form("preference", completions.fits_preference, completions.read_preference),
    Form("messages", conversations.fits, conversations.read, conversations.LABELS),
    Form("prompt-completion", completions.fits, completions.read, ("label",)),
    Form("text", completions.fits_text, completions.read_text),
)
"""In the order in which they are tried: a row may hold the keys of more than one."""


def recognise(row: Cells, named: Columns | None = None) -> Form | None:
    """Tell the form of a row; None where it is none that is known.

    Args:
        row: the row.
        named: what its columns are for, which then decides.
    """
    if named is not None:
        return _named(tuple(named.items()))
    return next((form for form in FORMS if form.fits(row)), None) or _guessed(tuple(row))


def name(form: Form, row: Cells) -> str:
    """Call a row by its form and what it tells of its answer, so that neither can be mixed up in a file unseen."""
    if "chosen" in row and form.name != "preference":
        return f"{form.name} preference"
    return f"{form.name} with thumbs" if any(key in row for key in form.thumbs) else form.name


@cache
def _named(named: tuple[tuple[str, str], ...]) -> Form:
    chosen = dict(named)

    def read(row: Cells, where: str) -> list[RatedAnswer]:
        return columns.read(row, chosen, where)

    told = ", ".join(f"{kind}={column}" for kind, column in chosen.items())
    return Form(f"columns {told}", lambda row: True, read)


@cache
def _guessed(keys: tuple[str, ...]) -> Form | None:
    found = columns.guess(keys)
    return _named(tuple(found.items())) if found else None

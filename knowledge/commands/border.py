"""What all commands share: the library they open, and how they print for people and for machines."""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from knowledge.errors import BadInput

if TYPE_CHECKING:
    from knowledge.documents import Document
    from knowledge.library import Library

_CONTROLS = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""What a terminal would obey, or not take, if a document has it: all but tabs and line ends."""


def refuse_users(options: argparse.Namespace, what: str) -> None:
    """Refuse what concerns the documents of everybody where somebody acts as a user.

    Raises:
        BadInput: a user is named.
    """
    if options.user is not None:
        raise BadInput(f"{what} is for whoever runs this machine: leave out --user")


@contextmanager
def opened(options: argparse.Namespace) -> Iterator["Library"]:
    """Open the library of the home that was asked for."""
    from knowledge.library import Library
    from knowledge.settings import load

    library = Library(load(home=options.home))
    try:
        yield library
    finally:
        library.close()


def show(options: argparse.Namespace, value: object, lines: Iterable[str]) -> None:
    """Print a value for machines or its lines for people."""
    if options.json:
        # Bytes of a path that are no letters are written as JSON spells them.
        print(json.dumps(value, ensure_ascii=False, indent=2).encode(errors="backslashreplace").decode())
    else:
        for line in lines:
            print(_CONTROLS.sub("\ufffd", line))


def say(line: str) -> None:
    """Tell people how it goes, beside the output."""
    print(one_line(line), file=sys.stderr, flush=True)


def row(document: "Document") -> dict[str, Any]:
    """Describe a document for machines."""
    return {
        "document_id": document.id,
        "title": document.title,
        "source": document.source,
        "collection": document.collection,
        "state": document.state,
        "passages": document.passages,
        "reason": document.reason,
    }


def line(of: dict[str, Any]) -> str:
    """Describe a document in a line for people."""
    said = f"{of['passages']} passages" if of["state"] == "ready" else of["state"]
    reason = f": {one_line(of['reason'])}" if of["reason"] else ""
    return (
        f"{of['document_id']}  {of['collection']}  {one_line(of['title'])}  ({one_line(of['source'])}), {said}{reason}"
    )


def one_line(words: object) -> str:
    """Return what is said without its line ends, and without what a terminal would obey."""
    return _CONTROLS.sub("\ufffd", " ".join(str(words).split()))

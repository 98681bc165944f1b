"""What all commands share: the library they open, and how they print for people and for machines."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowledge.documents import Document
    from knowledge.library import Library


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
        print(json.dumps(value, ensure_ascii=False, indent=2))
    else:
        for line in lines:
            print(line)


def say(line: str) -> None:
    """Tell people how it goes, beside the output."""
    print(line, file=sys.stderr, flush=True)


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
    reason = f": {of['reason']}" if of["reason"] else ""
    return f"{of['document_id']}  {of['collection']}  {of['title']}  ({of['source']}), {said}{reason}"


def one_line(words: object) -> str:
    """Return what is said without its line ends."""
    return " ".join(str(words).split())

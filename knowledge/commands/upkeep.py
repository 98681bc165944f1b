"""Upkeep on the command line: verify, reembed, collections, share."""

import argparse
import sys

from knowledge.commands.border import opened, refuse_users, show
from knowledge.documents import Collection


def verify(options: argparse.Namespace) -> int:
    """Check that all that is stored agrees, and mend what does not where that is asked for."""
    refuse_users(options, "verifying")
    with opened(options) as library:
        report = library.verify(repair=options.repair)
    value = {
        "documents": report.documents,
        "passages": report.passages,
        "problems": list(report.problems),
        "repaired": report.repaired,
    }
    summary = f"{report.documents} documents, {report.passages} passages, {len(report.problems)} problems"
    show(options, value, [*report.problems, summary])
    return 1 if report.problems else 0


def reembed(options: argparse.Namespace) -> int:
    """Build the vectors of the encoder that is set now, beside those that serve, and switch to them."""

    def told(share: float) -> None:
        if sys.stderr.isatty():
            print(f"\rembedding {share:.0%}", end="" if share < 1 else "\n", file=sys.stderr)

    refuse_users(options, "reembedding")
    with opened(options) as library:
        encoder = library.reembed(told)
    show(options, {"embedding": encoder}, [f"the documents are searched by the encoder {encoder!r}"])
    return 0


def collections(options: argparse.Namespace) -> int:
    """List the collections, with who may write to and read them."""
    with opened(options) as library:
        found = [_row(collection) for collection in library.reader(options.user).collections()]
    show(options, found, (_line(row) for row in found))
    return 0


def share(options: argparse.Namespace) -> int:
    """Say who owns a collection and who may read it; where no owner is named, it stays with the one it has."""
    readers = None if options.everyone else tuple(dict.fromkeys(options.reader or ()))
    with opened(options) as library:
        owner = next((known.owner for known in library.collections() if known.name == options.collection), None)
        collection = Collection(options.collection, options.owner or owner, readers)
        library.put_collection(collection, user=options.user)
    show(options, _row(collection), [_line(_row(collection))])
    return 0


def _row(collection: Collection) -> dict[str, object]:
    readers = None if collection.readers is None else list(collection.readers)
    return {"collection": collection.name, "owner": collection.owner, "readers": readers}


def _line(row: dict[str, object]) -> str:
    readers = row["readers"]
    who = "everybody" if readers is None else ", ".join(map(str, readers)) if isinstance(readers, list) else ""
    return f"{row['collection']}: owned by {row['owner'] or 'nobody'}, read by {who or 'the owner alone'}"

"""Documents on the command line: add, list, show, remove, release."""

import argparse
import os
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge.commands.border import line, one_line, opened, row, say, show
from knowledge.errors import BadInput

if TYPE_CHECKING:
    from knowledge.jobs import Job, Outcome
    from knowledge.library import Library

RELEASED = "apprentice.released"
"""The group of entry points whose functions are told of a release: with the home, the document's id, and who did it."""


def add(options: argparse.Namespace) -> int:
    """Add files, folders and web pages, or keep a collection in step with a folder."""
    if options.sync or options.watch:
        return _sync(options)
    with opened(options) as library:
        jobs = list(_jobs(options))
        done, failures = {}, []
        for number, outcome in enumerate(library.add_all(jobs), start=1):
            done[outcome.job.id] = _outcome_row(outcome)
            failures += [outcome.error] if outcome.error else []
            say(f"[{number}/{len(jobs)}] {outcome.job.name}: {_told(outcome)}")
        rows = [done[job.id] for job in jobs]
        show(options, rows, (line(of) for of in rows if of["state"] != "failed"))
    if not failures:
        return 0
    return failures[0].exit_status if len(failures) == len(jobs) else 1


def _jobs(options: argparse.Namespace) -> Iterator["Job"]:
    """Turn what was named into jobs: each folder gives the files in it, hidden ones left out."""
    from knowledge.jobs import Job
    from knowledge.syncing import files

    how: dict[str, Any] = {
        "collection": options.collection,
        "password": options.password or os.environ.get("APPRENTICE_PASSWORD"),
        "user": options.user,
    }
    for name in options.paths:
        path = Path(name)
        if name.lower().startswith(("http://", "https://")):
            yield Job(url=name, **how)
        elif path.is_dir():
            found = files(path)
            if not found:
                raise BadInput(f"there is no file to read in {path}: put some in, or name another folder")
            yield from (Job(file, **how) for file in found)
        else:
            yield Job(path, **how)


def _told(outcome: "Outcome") -> str:
    if outcome.error or outcome.document is None:
        return one_line(outcome.error)
    document = outcome.document
    said = f"{document.state}, {document.passages} passages" + ("" if outcome.fresh else " (was there already)")
    return f"{said}; {document.reason}" if document.reason else said


def _outcome_row(outcome: "Outcome") -> dict[str, Any]:
    if outcome.document is not None:
        return row(outcome.document)
    name = outcome.job.name
    return {"document_id": None, "title": Path(name).name, "source": name, "collection": outcome.job.collection,
            "state": "failed", "passages": 0, "reason": one_line(outcome.error)}  # fmt: skip


def _sync(options: argparse.Namespace) -> int:
    from knowledge.syncing import watch

    if len(options.paths) != 1:
        raise BadInput("one folder is kept in step at a time: name one")
    folder = Path(options.paths[0])
    with opened(options) as library:
        if not options.watch:
            return _sync_once(options, library, folder)
        for _ in watch(folder, lambda: _sync_once(options, library, folder)):
            say("watching; Ctrl-C ends it")
    return 0


def _sync_once(options: argparse.Namespace, library: "Library", folder: Path) -> int:
    from knowledge.syncing import sync

    password = options.password or os.environ.get("APPRENTICE_PASSWORD")
    done = sync(library, folder, options.collection, password=password, user=options.user)
    for outcome in done.outcomes:
        if outcome.fresh or outcome.error:
            say(f"{outcome.job.name}: {_told(outcome)}")
    counts = {
        "files": len(done.outcomes),
        "read": sum(outcome.fresh for outcome in done.outcomes),
        "moved": len(done.moved),
        "removed": len(done.removed),
        "failed": sum(outcome.error is not None for outcome in done.outcomes),
    }
    show(options, counts, [", ".join(f"{count} {name}" for name, count in counts.items())])
    return 1 if counts["failed"] else 0


def list_all(options: argparse.Namespace) -> int:
    """List the documents."""
    with opened(options) as library:
        rows = [row(document) for document in library.reader(options.user).documents(options.collection)]
    show(options, rows, map(line, rows))
    return 0


def remove(options: argparse.Namespace) -> int:
    """Remove documents; none of them where one is not there."""
    ids = list(dict.fromkeys(options.ids))
    with opened(options) as library:
        for document_id in ids:
            library.reader(options.user).document(document_id)
        for document_id in ids:
            library.remove(document_id, user=options.user)
    removed = [{"document_id": document_id, "removed": True} for document_id in ids]
    show(options, removed if len(removed) > 1 else removed[0], (f"removed {name}" for name in ids))
    return 0


def release(options: argparse.Namespace) -> int:
    """Let a quarantined document be found, and tell whoever keeps a log of it."""
    reviewer = options.user or os.environ.get("USER") or "unknown"
    with opened(options) as library:
        document = library.release(options.id, reviewer, user=options.user)
    for entry in entry_points(group=RELEASED):
        entry.load()(options.home, document.id, reviewer)
    show(options, row(document), [line(row(document))])
    return 0


def show_one(options: argparse.Namespace) -> int:
    """Show a document's text and passages."""
    with opened(options) as library:
        reader = library.reader(options.user)
        document, text = reader.document(options.id), reader.text(options.id)
        passages = [
            {"passage_id": p.id, "start": p.start, "end": p.end, "location": p.location.as_json(), "text": p.text}
            for p in reader.passages(options.id)
        ]
    whole = row(document) | {"added_at": document.added_at, "text": text, "contents": passages}
    show(options, whole, [line(row(document)), "", text])
    return 0

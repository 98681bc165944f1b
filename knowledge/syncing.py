"""Folders kept in step: what is new, changed, moved or gone in a folder becomes so in its collection."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.errors import BadInput
from knowledge.jobs import Job, Outcome, Told, storable

if TYPE_CHECKING:
    from knowledge.library import Library

QUIET = 2000
"""Milliseconds without a change before a watched folder is synced: a file may take long to copy."""
RESTLESS = 60_000
"""Milliseconds after which it is synced although it goes on changing."""
LOOK = 500
"""Milliseconds between two looks at what has changed."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did."""

    outcomes: Sequence[Outcome]
    """Of each file of the folder."""
    moved: Sequence[str]
    """The ids of documents whose file was moved or renamed; nothing of them was read again."""
    removed: Sequence[str]
    """The ids of documents whose file is gone."""


def files(folder: Path) -> list[Path]:
    """List the files of a folder and of the folders in it, but for hidden ones and the locks of open documents.

    Folders in it whose files may not be seen are in the list themselves, so that whoever adds them is told.

    Raises:
        BadInput: there is no such folder.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder: name one")
    found: list[Path] = []
    unseen: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=lambda error: unseen.append(Path(error.filename))):
        folders[:] = filter(_seen, folders)
        found += (Path(place, name) for name in names if _seen(name))
    return sorted([*filter(Path.is_file, found), *unseen])


def _seen(name: str) -> bool:
    return not name.startswith((".", "~$"))


def sync(
    library: "Library",
    folder: Path,
    collection: str,
    *,
    password: str | None = None,
    user: str | None = None,
    told: Told | None = None,
) -> Synced:
    """Bring a collection in step with a folder.

    A document whose file is gone is removed last, and only after what is new was read: a file that was moved is known
    by its bytes, and keeps its passages. Documents of the collection that come from elsewhere are left alone.

    Raises:
        BadInput: there is no such folder, it has lost all of its files, or the user may not write to the collection.
    """
    library.check_writable(collection, user)
    jobs = [Job(path, collection=collection, password=password, user=user) for path in files(folder)]
    there = {job.origin: job for job in jobs}
    known = library.origins(collection, storable(folder.resolve()))
    if known and not there:
        raise BadInput(
            f"{folder} is empty, yet {len(known)} documents came from it: see that it is mounted, or remove them"
        )
    unseen = tuple(f"{job.origin}/" for job in jobs if job.path and job.path.is_dir())
    gone = {name: digest for name, origin, digest, _ in known if origin not in there and not origin.startswith(unseen)}
    moved = _move(library, gone, [there[origin] for origin in sorted(set(there) - {row[1] for row in known})])
    outcomes = list(library.add_all(jobs, told))
    removed = [name for name in gone if name not in moved]
    for name in removed:
        with suppress(BadInput):  # another sync, or a person, was first
            library.remove(name, user=user)
    return Synced(outcomes, moved, removed)


def _move(library: "Library", gone: dict[str, str], new: Sequence[Job]) -> list[str]:
    """Rename the documents whose bytes turned up under a new name; `gone` are the digests of those that are missed."""
    lost = {digest: name for name, digest in gone.items() if digest}
    moved = []
    for job in new if lost else ():
        with suppress(OSError, BadInput):  # the file, or the document, went meanwhile: what is there is added next
            name = lost.pop(library.digest(job.path or Path()), None)
            if name is not None:
                library.move(name, job.origin, str(job.path), user=job.user)
                moved.append(name)
    return moved


def watch(folder: Path, synced: Callable[[], object]) -> Iterator[object]:
    """Call `synced` once, and then again whenever something in the folder has changed, until interrupted.

    Raises:
        BadInput: there is no such folder, or the system does not let it be watched.
    """
    begun = False
    for changes in _changes(folder):
        if changes or not begun:
            begun = True
            yield synced()


def _changes(folder: Path) -> Iterator[object]:
    """Yield what has changed, nothing where nothing has; no change is missed while it is worked at."""
    from watchfiles import watch as looks

    try:
        yield from looks(
            folder, debounce=RESTLESS, step=QUIET, rust_timeout=LOOK, yield_on_timeout=True, raise_interrupt=False
        )
    except OSError as error:
        raise BadInput(f"{folder} cannot be watched ({error.strerror or error}): use --sync now and then") from error

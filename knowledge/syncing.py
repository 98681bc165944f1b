"""Folders kept in step: what is new, changed, moved or gone in a folder becomes so in its collection."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.errors import BadInput
from knowledge.jobs import Job, Outcome, Told

if TYPE_CHECKING:
    from knowledge.library import Library

QUIET = 2000
"""Milliseconds without a change before a watched folder is synced: a file may take long to copy."""


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

    Raises:
        BadInput: there is no such folder.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder: name one")
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path for path in found if not any(p.startswith((".", "~$")) for p in path.relative_to(folder).parts)]


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
    there = {str(path.resolve()): path for path in files(folder)}
    known = library.origins(collection, str(folder.resolve()))
    if known and not there:
        raise BadInput(
            f"{folder} is empty, yet {len(known)} documents came from it: see that it is mounted, or remove them"
        )
    gone = {name: (origin, digest) for name, origin, digest, _ in known if origin not in there}
    moved = _move(library, collection, gone, set(there) - {origin for _, origin, _, _ in known}, there)
    jobs = [Job(path, collection=collection, password=password, user=user) for path in there.values()]
    outcomes = list(library.add_all(jobs, told))
    removed = [name for name in gone if name not in moved]
    for name in removed:
        library.remove(name, user=user)
    return Synced(outcomes, moved, removed)


def _move(
    library: "Library",
    collection: str,
    gone: dict[str, tuple[str, str]],
    new: set[str],
    there: dict[str, Path],
) -> list[str]:
    """Rename the documents whose bytes turned up under a new name."""
    if not gone or not new:
        return []
    lost = {digest: name for name, (_, digest) in gone.items() if digest}
    moved = []
    for origin in sorted(new):
        name = lost.pop(library.digest(there[origin]), None)
        if name is not None:
            library.move(name, origin, str(there[origin]))
            moved.append(name)
    return moved


def watch(folder: Path, synced: Callable[[], object]) -> Iterator[object]:
    """Call `synced` once, and then again whenever something in the folder has changed, until interrupted.

    Raises:
        BadInput: there is no such folder.
    """
    from watchfiles import watch as changes

    yield synced()
    for _ in changes(folder, debounce=QUIET, step=QUIET // 4, raise_interrupt=False):
        yield synced()

"""A copy of the library of a home, taken while others change it: catalogue, vectors and files agree."""

import os
import shutil
from contextlib import closing
from pathlib import Path

from knowledge.catalogue.catalogue import Catalogue
from knowledge.catalogue.snapshots import snapshot
from knowledge.errors import BadInput
from knowledge.locks import Revision
from knowledge.settings import KnowledgeSettings

ROUNDS = 3
"""How often it is begun anew where files were removed while it was taken."""
KEPT = ("ready", "quarantined")


def copy(settings: KnowledgeSettings, target: Path) -> list[str]:
    """Copy the library into a folder of the same layout.

    Vectors come into the index before the catalogue tells of them, and go after it forgets them; so what is copied
    while nobody writes to the index has at least the vectors that the catalogue wants. On a Chroma server they stay:
    the catalogue has them too, and fills whatever index it is opened with next.

    Args:
        settings: of the library.
        target: a folder; made where there is none, and best on the same disk, as files are linked rather than copied.

    Returns:
        The names of original files that are gone from the library itself.

    Raises:
        BadInput: the catalogue is in a database of its own, such as Postgres, which has its own way to be backed up.
        OSError: something cannot be read or written.
    """
    if settings.catalogue:
        raise BadInput(
            "the documents are in a database of their own: back that up (Postgres with pg_dump), then copy the folder "
            f"{settings.folder / 'documents'}, and give --without-documents here"
        )
    if not (settings.folder / "catalogue.db").exists():
        return []
    gone: set[str] = set()
    for _ in range(ROUNDS):
        _link(settings.folder / "documents", target / "documents")
        _take(settings, target)
        _link(settings.folder / "documents", target / "documents")
        wanted, known = _files(target / "catalogue.db")
        there = {file.name for file in (target / "documents").iterdir()}
        gone = wanted - there
        if not gone:
            break
    for name in there - known:
        (target / "documents" / name).unlink()
    return sorted(gone)


def _take(settings: KnowledgeSettings, target: Path) -> None:
    """Copy index and catalogue while nobody writes to the index."""
    shutil.rmtree(target / "index", ignore_errors=True)
    (target / "catalogue.db").unlink(missing_ok=True)
    with Revision(settings.folder / "index" / "revision").held(writing=False):
        snapshot(settings.folder / "catalogue.db", target / "catalogue.db")
        chroma = settings.folder / "index" / "chroma"
        if settings.vectors or not chroma.is_dir():
            return
        for file in sorted(path for path in chroma.rglob("*") if path.is_file() and not path.is_symlink()):
            to = target / "index" / "chroma" / file.relative_to(chroma)
            to.parent.mkdir(parents=True, exist_ok=True)
            if file.suffix == ".sqlite3":
                snapshot(file, to)
            elif not file.name.endswith((".sqlite3-wal", ".sqlite3-shm", ".sqlite3-journal")):
                shutil.copyfile(file, to)


def _files(catalogue: Path) -> tuple[set[str], set[str]]:
    """Return the names of the files that must be there, and of all that a catalogue knows of."""
    with closing(Catalogue(f"sqlite:///{catalogue}")) as opened:
        kept = {opened.file(document.id) for document in opened.documents() if document.state in KEPT}
        return kept - {""}, opened.files()


def _link(source: Path, target: Path) -> None:
    """Take the files that are not there yet; what is called by its digest never changes."""
    target.mkdir(parents=True, exist_ok=True)
    for file in source.glob("[!.]*"):
        to = target / file.name
        if to.exists() or not file.is_file():
            continue
        try:
            os.link(file, to)
        except FileNotFoundError:  # removed just now
            continue
        except OSError:  # another disk
            _copy(file, to)


def _copy(file: Path, to: Path) -> None:
    try:
        shutil.copyfile(file, to)
    except FileNotFoundError:
        to.unlink(missing_ok=True)

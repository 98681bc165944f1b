"""A backup as a file: a gzipped tar with the manifest first, written beside its place and renamed when it is whole."""

import hashlib
import io
import os
import secrets
import tarfile
import tempfile
from contextlib import suppress
from pathlib import Path

from assistant.backup import copying
from assistant.backup.manifest import NAME, Kept, Manifest
from assistant.errors import BadInput, StoreUnavailable
from assistant.settings import Settings

SQUEEZE = 1
"""How hard gzip tries: weights and vectors hardly get smaller, however hard it does."""
OWNER = 0o600


def back_up(settings: Settings, file: Path, *, documents: bool = True) -> Manifest:
    """Back a home up, whoever uses it meanwhile; an older file of the name is replaced when the new one is whole.

    Beside the file there must be room for it and for the databases once more.

    Args:
        settings: of the home.
        file: where to.
        documents: whether with the documents.

    Raises:
        BadInput: there is no home, no folder for the file, or the documents are in a database of their own.
        StoreUnavailable: something cannot be read, or the disk is full.
    """
    if not settings.home.is_dir():
        raise BadInput(f"there is no home {settings.home}: name one with --home")
    if not file.absolute().parent.is_dir():
        raise BadInput(f"there is no folder {file.absolute().parent}: make it first")
    if file.absolute().is_relative_to(settings.home.absolute()):
        raise BadInput(f"{file} lies in the home itself, and would be lost with it: name a place elsewhere")
    try:
        with tempfile.TemporaryDirectory(dir=file.absolute().parent, prefix=f".{file.name}.") as scratch:
            left_out = copying.copy(settings, Path(scratch), documents=documents)
            return _write(Path(scratch), file.absolute(), left_out)
    except OSError as error:
        why = f"{error.strerror} ({error.filename})" if error.strerror else str(error)
        raise StoreUnavailable(f"the backup could not be made: {why}") from error


def _write(folder: Path, file: Path, left_out: list[str]) -> Manifest:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = Manifest({path.relative_to(folder).as_posix(): _kept(path) for path in paths}, tuple(left_out))
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER)
    try:
        with os.fdopen(descriptor, "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=SQUEEZE) as tar:
                written = manifest.written()
                tar.addfile(_entry(NAME, len(written)), io.BytesIO(written))
                for path in paths:
                    name = path.relative_to(folder).as_posix()
                    with path.open("rb") as data:
                        tar.addfile(_entry(name, manifest.files[name].size), data)
            raw.flush()
            os.fsync(raw.fileno())
        draft.replace(file)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
    return manifest


def _kept(path: Path) -> Kept:
    with path.open("rb") as data:
        return Kept(hashlib.file_digest(data, "sha256").hexdigest(), path.stat().st_size)


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, OWNER
    return entry

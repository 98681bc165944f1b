"""A backup back into a home: nothing is trusted but what its manifest names and its digests prove."""

import hashlib
import os
import shutil
import tarfile
import tempfile
import zlib
from pathlib import Path
from typing import IO

from assistant.backup import manifest as manifests
from assistant.backup.manifest import LARGEST, NAME, Kept, Manifest
from assistant.errors import BadInput, StoreUnavailable

PIECE = 2**20
DAMAGED = "the backup is damaged"


def restore(file: Path, home: Path) -> Manifest:
    """Restore a backup into a home that is new or empty; where anything is wrong with it, there is no home at all.

    Args:
        file: the backup.
        home: the new home.

    Raises:
        BadInput: the home holds something, or the file is no backup, damaged, or names what a home does not have.
        StoreUnavailable: the home cannot be written.
    """
    home = home.absolute()
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise BadInput(f"{home} holds something already: name a new home with --home")
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent, prefix=f".{home.name}.") as scratch:
            draft = Path(scratch) / "home"
            draft.mkdir(mode=0o700)
            manifest = _unpack(file, draft)
            if home.exists():
                home.rmdir()
            draft.rename(home)
    except OSError as error:
        raise StoreUnavailable(f"the home {home} cannot be written: {error.strerror or error}") from error
    return manifest


def _unpack(file: Path, target: Path) -> Manifest:
    try:
        data = file.open("rb")
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from error
    with data:
        try:
            with tarfile.open(fileobj=data, mode="r|gz") as tar:
                return _members(tar, target)
        except (tarfile.TarError, EOFError, zlib.error, UnicodeDecodeError) as error:
            raise BadInput(f"{DAMAGED}, or is none: {file}") from error
        except OSError as error:
            if error.errno is None:  # gzip's own: what is read is no gzip, or was changed
                raise BadInput(f"{DAMAGED}, or is none: {file}") from error
            raise


def _members(tar: tarfile.TarFile, target: Path) -> Manifest:
    """Read one member after the other, the manifest first, and keep those that it names."""
    first = tar.next()
    if first is None or first.name != NAME or not first.isreg() or first.size > LARGEST:
        raise BadInput("this is no backup of Apprentice: it does not begin with a manifest")
    manifest = manifests.read(_stream(tar, first).read())
    _refuse_too_large(manifest, target)
    missing = dict(manifest.files)
    while (member := tar.next()) is not None:
        if not member.isreg():
            raise BadInput(f"the backup is refused: {member.name!r} is no plain file")
        manifests.check_path(member.name)
        kept = missing.pop(member.name, None)
        if kept is None:
            raise BadInput(f"the backup is refused: its manifest does not name {member.name!r}, or it comes twice")
        _keep(_stream(tar, member), target / member.name, kept, member)
    if missing:
        raise BadInput(f"{DAMAGED}: {len(missing)} of its files are not in it, {sorted(missing)[0]} among them")
    return manifest


def _keep(stream: IO[bytes], to: Path, kept: Kept, member: tarfile.TarInfo) -> None:
    if member.size != kept.size:
        raise BadInput(f"{DAMAGED}: {member.name} is not as large as it was")
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as new:
        while piece := stream.read(PIECE):
            digest.update(piece)
            new.write(piece)
        new.flush()
        os.fsync(new.fileno())
    if digest.hexdigest() != kept.sha256:
        raise BadInput(f"{DAMAGED}: {member.name} is not what it was")


def _refuse_too_large(manifest: Manifest, target: Path) -> None:
    free = shutil.disk_usage(target).free
    if manifest.size > free:
        raise BadInput(
            f"the backup takes {manifest.size // 2**20} MB and the disk of {target.parent.parent} has {free // 2**20} "
            "MB left: free some space"
        )


def _stream(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    stream = tar.extractfile(member)
    if stream is None:
        raise BadInput(f"the backup is refused: {member.name!r} is no plain file")
    return stream

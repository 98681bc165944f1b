"""Packed files: ZIP, TAR and what gzip, bzip2 or xz have packed; names in them are only names, nothing goes to disk."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from typing import Protocol

from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.loaders.options import Options, Room
from knowledge.loaders.parts import DEEPEST, Parts, Read

DAMAGED = "it is damaged: pack it again"
PASSWORD = "it is encrypted: give the password (`--password`)"
WRONG = "it is encrypted, and the password given does not open it: give the right one (`--password`)"
UNKNOWN = "it is packed or encrypted in a way that is not known here: pack it as a plain ZIP"
BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)
_CHUNK = 2**20
_UTF8 = 0x800
_ENCRYPTED = 0x1
_LEFT_BEHIND = ("__MACOSX", "Thumbs.db", "desktop.ini")


class Stream(Protocol):
    """What is read in pieces."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, none at the end."""
        ...


def load_zip(data: bytes, options: Options, read: Read) -> Content:
    """Read all files of a ZIP in their order.

    Raises:
        UnreadableFile: it is damaged, too large, or nothing in it can be read.
    """
    parts = Parts(options, read)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                name = _name(entry)
                if not entry.is_dir() and _seen(name):
                    _read_member(archive, entry, parts)
    except BROKEN as error:
        raise UnreadableFile(DAMAGED) from error
    return parts.content(None)


def load_tar(data: bytes, options: Options, read: Read) -> Content:
    """Read all files of a TAR in their order.

    Raises:
        UnreadableFile: it is damaged, too large, or nothing in it can be read.
    """
    parts = Parts(options, read)
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for entry in archive:
                file = archive.extractfile(entry) if entry.isreg() and _seen(entry.name) else None
                if file is not None:
                    parts.read(entry.name, entry.name, counted(file, parts.options))
    except BROKEN as error:
        raise UnreadableFile(DAMAGED) from error
    return parts.content(None)


def load_packed(data: bytes, options: Options, read: Read) -> Content:
    """Read the one file that gzip, bzip2 or xz have packed.

    Raises:
        UnreadableFile: it is damaged, too large, or cannot be read itself.
    """
    if options.depth > DEEPEST:
        raise UnreadableFile(f"it stands inside of {options.depth} other files: unpack it first")
    options = options.roomed()
    stem, _, suffix = options.name.rpartition(".")
    name = f"{stem}.tar" if suffix.lower() in ("tgz", "tbz2", "txz") else stem
    try:
        with _opened(data) as file:
            unpacked = counted(file, options)
    except BROKEN as error:
        raise UnreadableFile(DAMAGED) from error
    return read(name, unpacked, options.inside(name))


def counted(file: Stream, options: Options) -> bytes:
    """Unpack a file piece by piece, counting.

    Raises:
        UnreadableFile: it is too large.
    """
    room = options.room or Room()
    pieces = []
    while piece := file.read(_CHUNK):
        room.unpack(len(piece))
        pieces.append(piece)
    return b"".join(pieces)


def _opened(data: bytes) -> bz2.BZ2File | lzma.LZMAFile | gzip.GzipFile:
    if data.startswith(b"BZh"):
        return bz2.BZ2File(io.BytesIO(data))
    return lzma.LZMAFile(io.BytesIO(data)) if data.startswith(b"\xfd7zXZ") else gzip.GzipFile(fileobj=io.BytesIO(data))


def _read_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, parts: Parts) -> None:
    options = parts.options
    name = _name(entry)
    if entry.flag_bits & _ENCRYPTED and options.password is None:
        parts.note(f"{name} cannot be read: {PASSWORD}")
        return
    try:
        with archive.open(entry, pwd=options.password.encode() if options.password else None) as file:
            data = counted(file, options)
    except RuntimeError:
        parts.note(f"{name} cannot be read: {WRONG}")
    except NotImplementedError:
        parts.note(f"{name} cannot be read: {UNKNOWN}")
    except BROKEN:
        parts.note(f"{name} cannot be read: it is damaged in the archive: pack it again")
    else:
        parts.read(name, name, data)


def _name(entry: zipfile.ZipInfo) -> str:
    """Return a member's name; some programs write UTF-8 without saying so."""
    if entry.flag_bits & _UTF8:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode()
    except UnicodeError:
        return entry.filename


def _seen(name: str) -> bool:
    """Tell whether a name is that of a file people put there."""
    steps = [step for step in name.replace("\\", "/").split("/") if step not in ("", ".", "..")]
    return bool(steps) and not any(step.startswith(".") or step in _LEFT_BEHIND for step in steps)

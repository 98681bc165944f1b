"""Zipped Office files, looked through before anything unpacks them: what an archive says of its size may be a lie."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from knowledge.errors import UnreadableFile
from knowledge.loaders.options import UNPACKED, Options, Room, TooLarge

ENTRIES = 10_000
"""Files that may lie in one package."""
DAMAGED = "it is damaged: open it in the program that it was made with and save it again"
PICTURES = "it holds pictures only, and no words were read on them: install Tesseract if it is missing, or leave it out"
_STEP = 2**20
_LOCAL = struct.Struct("<26xHH")
"""The header in front of each entry: it ends with the lengths of its name and of its extra field."""
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, NotImplementedError)


def open_package(data: bytes, options: Options) -> zipfile.ZipFile:
    """Open a package whose size was measured, not only declared, and fits into the room that the options leave.

    Raises:
        UnreadableFile: it is damaged, or holds too many files.
        TooLarge: it unpacks to too much.
    """
    room = options.room or Room()
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        if len(archive.infolist()) > ENTRIES:
            raise UnreadableFile(f"it holds more than {ENTRIES} files: split it")
        if sum(entry.file_size for entry in archive.infolist()) > UNPACKED:
            raise TooLarge(f"it unpacks to more than {UNPACKED >> 20} MB: split it")
        for entry in archive.infolist():
            for size in _sizes(data, entry):
                room.unpack(size)
    except _BROKEN as error:
        raise UnreadableFile(DAMAGED) from error
    return archive


def has_pictures(archive: zipfile.ZipFile) -> bool:
    """Tell whether a package has pictures in it."""
    return any(re.search(r"(?:^|/)(?:media|Pictures)/.", name) for name in archive.namelist())


def read_part(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """Return the bytes of a file in an archive that `open_package` opened; None where there is none of that name.

    Raises:
        UnreadableFile: its bytes are damaged.
    """
    try:
        return archive.read(name)
    except KeyError:
        return None
    except (*_BROKEN, RuntimeError) as error:  # a RuntimeError says that the entry is encrypted
        raise UnreadableFile(DAMAGED) from error


def read_xml(archive: zipfile.ZipFile, name: str) -> Any:
    """Return the root of an XML file in an archive, its entities left alone; None where there is none of that name.

    Raises:
        UnreadableFile: it is damaged.
    """
    data = read_part(archive, name)
    return None if data is None else parse_xml(data)


def parse_xml(data: bytes) -> Any:
    """Return the root of an XML file, its entities left alone: they may expand without end, or name files.

    Raises:
        UnreadableFile: it is damaged.
    """
    from lxml import etree

    try:
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.LxmlError as error:
        raise UnreadableFile(DAMAGED) from error


def rewrite(archive: zipfile.ZipFile, change: Callable[[str, bytes], bytes]) -> bytes:
    """Return a copy of an archive in which each file has the bytes that `change` makes of its name and its bytes.

    Raises:
        UnreadableFile: it is damaged.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as copy:
        for entry in archive.infolist():
            part = b"" if entry.is_dir() else read_part(archive, entry.filename)
            copy.writestr(entry.filename, change(entry.filename, part or b""))
    return out.getvalue()


def _sizes(data: bytes, entry: zipfile.ZipInfo) -> Iterator[int]:
    """Yield the bytes that an entry really unpacks to, step by step; zipfile stops where it is declared to."""
    if entry.compress_type != zipfile.ZIP_DEFLATED or entry.flag_bits & 1:
        yield max(entry.file_size, entry.compress_size)
        return
    name, extra = _LOCAL.unpack_from(data, entry.header_offset)
    start = entry.header_offset + _LOCAL.size + name + extra
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    rest: bytes | memoryview = memoryview(data)[start : start + entry.compress_size]
    while not inflate.eof:
        size = len(inflate.decompress(rest, _STEP))
        rest = inflate.unconsumed_tail
        if not size:
            return
        yield size

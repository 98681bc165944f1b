"""A file on disk to its rows, whatever it is written in: JSONL, JSON, CSV, TSV, Parquet, packed with gzip or not."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from finetune.errors import BadInput
from finetune.formats import json_rows, tables
from finetune.formats.rows import Problem, Row

GZIP = b"\x1f\x8b"
PARQUET = b"PAR1"
WIDE = (b"\xff\xfe", b"\xfe\xff")
"""How UTF-16 begins, which is what some spreadsheets save as text."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a file holds: its rows and what is wrong with the others, in the order of the file."""

    digest: str
    """The first 16 hexadecimal digits of the SHA-256 of the file as it lies there."""
    items: tuple[Row | Problem, ...]


def read(path: Path) -> Source:
    """Read all rows of a file.

    Raises:
        BadInput: the file cannot be read at all, or is none that holds rows.
    """
    packed = load(path)
    digest = hashlib.sha256(packed).hexdigest()[:16]
    content = unpack(path, packed)
    try:
        return Source(digest, tuple(_items(path, content)))
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def load(path: Path) -> bytes:
    """Read the bytes of a file.

    Raises:
        BadInput: there is no such file, or it may not be read.
    """
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error


def unpack(path: Path, content: bytes) -> bytes:
    """Unpack what is packed with gzip, and leave the rest as it is.

    Raises:
        BadInput: the packed file is damaged.
    """
    if not content.startswith(GZIP):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{path} is packed with gzip, and damaged: {error}; fetch it anew") from error


def decode(content: bytes) -> str:
    """Decode text; bytes that are not UTF-8 stay in it as lone surrogates, so that their line can be told.

    Raises:
        BadInput: it is no text.
    """
    if content.startswith(WIDE):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content[:4096]:
        raise BadInput("this is not a text file: give JSONL, JSON, CSV, TSV or Parquet")
    return content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="surrogateescape")


def suffix(path: Path) -> str:
    """Return what the name of a file ends in, `.gz` left aside, in small letters."""
    return Path(path.name.lower().removesuffix(".gz")).suffix


def _items(path: Path, content: bytes) -> Iterable[Row | Problem]:
    if content.startswith(PARQUET):
        return _parquet_rows(content)
    text = decode(content)
    if suffix(path) == ".tsv":
        return tables.read(text, "\t")
    return tables.read(text) if suffix(path) == ".csv" else json_rows.read(text)


def _parquet_rows(content: bytes) -> Iterator[Row]:
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.read_table(io.BytesIO(content))
        rows = table.to_pylist()
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise BadInput(f"this Parquet file is damaged: {str(error).splitlines()[0]}") from error
    return (Row(number, row) for number, row in enumerate(rows, 1))

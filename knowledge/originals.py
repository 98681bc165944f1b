"""The files as they were added, kept under the names of their digests."""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from knowledge.documents import Document
from knowledge.errors import BadInput, IndexUnavailable, KnowledgeError, UnreadableFile

PIECE = 2**20
"""Bytes that are read at once."""
_UNFIT = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Originals:
    """A folder of files, each named by nothing but its digest: a name from outside may be too long, or too odd."""

    folder: Path
    megabytes: int
    """The largest file that is read."""

    def digest(self, path: Path, name: str) -> tuple[str, KnowledgeError | None]:
        """Return the SHA-256 of a file that can be read, or why it is kept as failed.

        Raises:
            BadInput: there is no such file.
        """
        with _readable(path):
            path.stat()
            if path.is_dir():
                os.scandir(path).close()  # fails at a folder whose files may not be seen
            if not path.is_file():
                raise BadInput(f"{path} is no file: name a file, or a folder of files")
        digest = hashlib.sha256()
        try:
            for piece in self._pieces(path, name):
                digest.update(piece)
        except UnreadableFile as error:
            return "", error
        return digest.hexdigest(), None

    def keep(self, document: Document, path: Path) -> Path:
        """Keep the bytes of a document; a file that has its name is whole, whenever a crash comes.

        Raises:
            BadInput: the file cannot be read any more, or has other bytes by now.
            IndexUnavailable: there is no room for it.
        """
        scratch = self.folder / f".{document.id}"
        digest = hashlib.sha256()
        try:
            with writable(self.folder):
                self.folder.mkdir(parents=True, exist_ok=True)
                with scratch.open("wb") as copy:
                    for piece in self._pieces(path, document.title):
                        digest.update(piece)
                        copy.write(piece)
                if digest.hexdigest() != document.digest:
                    raise UnreadableFile(f"{document.title} was changed while it was read: add it again")
                return scratch.replace(self.folder / document.digest)
        finally:
            with suppress(OSError):
                scratch.unlink()

    def _pieces(self, path: Path, name: str) -> Iterator[bytes]:
        """Read a file piece by piece, and no more of it than a file may have: it may grow meanwhile.

        Raises:
            UnreadableFile: it is too large.
            BadInput: it cannot be read.
        """
        size = 0
        with _readable(path), path.open("rb") as file:
            declared = os.fstat(file.fileno()).st_size
            while max(size, declared) <= self.megabytes * 2**20:
                piece = file.read(PIECE)
                if not piece:
                    return
                size += len(piece)
                yield piece
        raise UnreadableFile(
            f"{name} is too large ({max(size, declared) / 2**20:.0f} MB, {self.megabytes} are read): "
            "split it, or raise `file_megabytes`"
        )


def one_line(name: str) -> str:
    """Return the name of a file without what no line of text has: line ends, controls, bytes that are no letters."""
    return _UNFIT.sub("\ufffd", name)


@contextmanager
def writable(place: object) -> Iterator[None]:
    """Say of a place that cannot be written what to do.

    Raises:
        IndexUnavailable: it cannot be.
    """
    try:
        yield
    except OSError as error:
        raise IndexUnavailable(f"{place} cannot be written ({error.strerror}): free some space") from error


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # a ValueError says that the path has a NUL in it
        why = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"{path} cannot be read ({why}): name a file that is there, and that may be read") from error

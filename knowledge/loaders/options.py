"""What a loader is told beside the bytes."""

from dataclasses import dataclass, replace
from typing import Self

from knowledge.errors import UnreadableFile

UNPACKED = 500 * 2**20
"""Bytes that a file may unpack to, with all that is packed inside of it; more is damage or malice."""
MEMBERS = 2000
"""Files that may be inside of one."""


class TooLarge(UnreadableFile):
    """A file unpacks to too much; whatever it stands inside of does, too."""


class Room:
    """How much a file may still unpack to, counted while it is unpacked, as declared sizes can lie."""

    def __init__(self) -> None:
        self._size = UNPACKED
        self._members = MEMBERS

    def unpack(self, size: int) -> None:
        """Count some bytes.

        Raises:
            TooLarge: they are too many.
        """
        self._size -= size
        if self._size < 0:
            raise TooLarge(f"it unpacks to more than {UNPACKED >> 20} MB: split it")

    def enter(self) -> None:
        """Count a file.

        Raises:
            TooLarge: they are too many.
        """
        self._members -= 1
        if self._members < 0:
            raise TooLarge(f"it holds more than {MEMBERS} files: split it")


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read; the same for a file and the files inside of it."""

    name: str = ""
    """The name of the file, for its suffix and for what is said of it."""
    password: str | None = None
    """Opens an encrypted file."""
    depth: int = 0
    """How many files this one stands inside of."""
    room: Room | None = None
    """What all files inside share; None before the outermost is opened."""

    def roomed(self) -> Self:
        """Return the options with room to unpack."""
        return self if self.room else replace(self, room=Room())

    def inside(self, name: str) -> Self:
        """Return the options for a file inside of this one."""
        return replace(self.roomed(), name=name, depth=self.depth + 1)

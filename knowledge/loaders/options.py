"""What a loader is told beside the bytes."""

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read; the same for a file and the files inside of it."""

    name: str = ""
    """The name of the file, for its suffix and for what is said of it."""
    password: str | None = None
    """Opens an encrypted file."""
    depth: int = 0
    """How many files this one stands inside of."""

    def inside(self, name: str) -> Self:
        """Return the options for a file inside of this one."""
        return replace(self, name=name, depth=self.depth + 1)

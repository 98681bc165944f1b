"""A file that any number of processes may hold to read, or one of them to write, and that counts how often."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Revision:
    """A lock with a counter of changes; to be held by one thread of a process at a time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor = -1

    @contextmanager
    def held(self, *, writing: bool) -> Iterator[None]:
        """Hold the lock: alone where `writing`, else with others that read.

        Raises:
            OSError: the file cannot be made or opened.
        """
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX if writing else fcntl.LOCK_SH)
            yield
        finally:
            os.close(self._descriptor)

    def read(self) -> int:
        """Return the number of changes so far; a file that a crash has damaged counts anew."""
        found = os.pread(self._descriptor, 20, 0)
        return int(found) if found.isdigit() else 0

    def count(self) -> int:
        """Count one more change, and return the number."""
        number = self.read() + 1
        os.pwrite(self._descriptor, str(number).encode(), 0)
        return number

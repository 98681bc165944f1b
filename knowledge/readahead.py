"""Reading ahead within bounds: however many files are read at once, their texts take up only so much memory."""

import threading


class ReadAhead:
    """Counts the characters that were read and are not stored yet; may be used by several threads."""

    def __init__(self, most: int) -> None:
        """Let `most` characters be read ahead; the file that goes beyond them is the last until others are stored."""
        self._most = most
        self._held = 0
        self._closed = False
        self._changed = threading.Condition()

    def wait(self) -> None:
        """Wait until more may be read."""
        with self._changed:
            self._changed.wait_for(lambda: self._held < self._most or self._closed)

    def take(self, characters: int) -> None:
        """Count what was read."""
        with self._changed:
            self._held += characters

    def give(self, characters: int) -> None:
        """Count off what was stored."""
        with self._changed:
            self._held -= characters
            self._changed.notify_all()

    def close(self) -> None:
        """Let nobody wait any longer, as nothing will be stored."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

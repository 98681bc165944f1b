"""The answers that are being written now: none is begun any more once the assistant is to stop."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from assistant.errors import Stopping

STORING = 5.0
"""Seconds that interrupted answers have to be stored."""


class Running:
    """Counts the answers of one process, and ends them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stops: set[threading.Event] = set()
        self.stopping = False
        """Whether no answer is begun any more."""

    @contextmanager
    def answer(self, stop: threading.Event) -> Iterator[None]:
        """Count one answer while it is written.

        Args:
            stop: ends it early; what was written of it is kept.

        Raises:
            Stopping: no answer is begun any more.
        """
        with self._changed:
            if self.stopping:
                raise Stopping("the assistant is being stopped: ask again in a minute")
            self._stops.add(stop)
        try:
            yield
        finally:
            with self._changed:
                self._stops.discard(stop)
                self._changed.notify_all()

    @property
    def count(self) -> int:
        """How many answers are being written."""
        return len(self._stops)

    def close(self, seconds: float) -> bool:
        """Begin no more answers, and let those that are on finish; what is not done in time is stored as interrupted.

        Args:
            seconds: how long they may take.

        Returns:
            Whether all were stored.
        """
        with self._changed:
            self.stopping = True
        if self._wait(seconds):
            return True
        with self._changed:
            for stop in self._stops:
                stop.set()
        return self._wait(STORING)

    def _wait(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: not self._stops, seconds)

"""A circuit breaker: what failed several times in a row is left alone for a while (Nygard, Release It!, 2007).

pybreaker holds its lock while the call goes on, so that callers wait for one another; this one does not.
"""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class CircuitOpen(Exception):
    """What was to be called is left alone for now."""

    def __init__(self, seconds: float) -> None:
        """Take for how many seconds it still is."""
        super().__init__(f"left alone for {seconds:.0f} s")
        self.seconds = seconds


class Breaker:
    """Counts failures one after another; any number of threads may call through it at once."""

    def __init__(
        self,
        failures: int,
        pause: float,
        *,
        counts: Callable[[Exception], bool] = lambda error: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the limits.

        Args:
            failures: after how many failures one after another calls end at once.
            pause: for how many seconds they do; then one caller tries, and the others wait for what comes of it.
            counts: whether an error is a failure of what was called, rather than of what was asked of it.
            clock: tells the time, in seconds.
        """
        self._most, self._pause, self._counts, self._clock = failures, pause, counts, clock
        self._lock = threading.Lock()
        self._failed = 0
        self._until = 0.0

    @property
    def open(self) -> bool:
        """Whether calls end at once now."""
        return self._failed >= self._most and self._clock() < self._until

    def call(self, function: Callable[[], Result]) -> Result:
        """Call a function.

        Raises:
            CircuitOpen: it failed too often just now.
        """
        self._let_through()
        try:
            result = function()
        except Exception as error:
            self._ended(failed=self._counts(error))
            raise
        self._ended(failed=False)
        return result

    def _let_through(self) -> None:
        with self._lock:
            if self._failed < self._most:
                return
            if (left := self._until - self._clock()) > 0:
                raise CircuitOpen(left)
            self._until = self._clock() + self._pause  # this caller tries; until it is back nobody else does

    def _ended(self, *, failed: bool) -> None:
        with self._lock:
            self._failed = self._failed + 1 if failed else 0
            if self._failed >= self._most:
                self._until = self._clock() + self._pause

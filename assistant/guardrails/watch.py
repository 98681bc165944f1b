"""A watch on what may hang: it runs in threads that are kept for the next, and is left behind once it takes too long.

A thread that hangs is replaced, and of the same name only so many may hang at a time. What never gives up the
interpreter's lock, as a regular expression that explodes, stops the watch as well: a rail must have no such pattern.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Generic, TypeVar

log = logging.getLogger(__name__)

_T = TypeVar("_T")

MOST = 4
"""Threads that may hang in calls of one name at a time; then it is not called until one of them has come back."""


class Watch:
    """Threads to run in, and how many of them hang in what."""

    def __init__(self) -> None:
        self._idle: list[_Worker] = []
        self._hung: Counter[str] = Counter()
        self._lock = Lock()

    def collect(self, items: Iterator[_T], names: Sequence[str], seconds: float) -> list[_T]:
        """Return the items of an iterator up to the first that takes longer than so many seconds.

        Args:
            items: what is drawn in another thread, and never again once an item was too late.
            names: what each item is called in the log, and counted by where it hangs.
            seconds: the limit for each of them.

        Raises:
            BaseException: what the iterator raised.
        """
        drawn = _Round(items, names)
        self._worker().rounds.put(drawn)
        if not drawn.wait(seconds):
            self._count(drawn.left, 1)
            log.error("The rail %s took over %g s and was left", drawn.left, seconds)
        elif drawn.error is not None:
            raise drawn.error
        return list(drawn.results)

    def gave_up(self, name: str) -> bool:
        """Whether so many calls of this name hang that it is not called for now."""
        return self._hung[name] >= MOST

    def returned(self, worker: "_Worker", drawn: "_Round[Any]") -> None:
        """Take a worker back that has ended its round, be it long after its caller has gone."""
        if drawn.left:
            self._count(drawn.left, -1)
        self._idle.append(worker)

    def _count(self, name: str, by: int) -> None:
        with self._lock:
            self._hung[name] += by

    def _worker(self) -> "_Worker":
        """Return the worker that was busy last, or a new one; those of before a fork are gone."""
        try:
            while not (worker := self._idle.pop()).is_alive():
                pass
        except IndexError:
            worker = _Worker(self)
            worker.start()
        return worker


class _Round(Generic[_T]):
    """What one thread draws from an iterator while another waits for it."""

    def __init__(self, items: Iterator[_T], names: Sequence[str]) -> None:
        self._items = items
        self._names = names
        self._began = time.monotonic()
        self._lock = Lock()
        self._ended = Lock()
        self._ended.acquire()
        self.results: list[_T] = []
        self.error: BaseException | None = None
        self.left = ""
        """The name of the item that took too long."""

    def draw(self) -> None:
        """Draw all items, or those that come while somebody waits for them."""
        try:
            for item in self._items:
                with self._lock:
                    if self.left:
                        return
                    self.results.append(item)
                    self._began = time.monotonic()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            self.error = error

    def end(self) -> None:
        """Let whoever waits go on."""
        self._ended.release()

    def wait(self, seconds: float) -> bool:
        """Wait until all is drawn; False where an item took longer than so many seconds and was left."""
        while not self._ended.acquire(timeout=max(0.0, self._began + seconds - time.monotonic())):
            with self._lock:
                if len(self.results) == len(self._names):
                    return True
                if time.monotonic() >= self._began + seconds:
                    self.left = self._names[len(self.results)]
                    return False
        return True


class _Worker(Thread):
    """A thread that waits for rounds; it is kept, because torch makes a team of threads for each that calls it."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(name="rails", daemon=True)
        self._watch = watch
        self.rounds: SimpleQueue[_Round[Any]] = SimpleQueue()

    def run(self) -> None:
        """Run one round after the other."""
        while True:
            self._run(self.rounds.get())

    def _run(self, drawn: "_Round[Any]") -> None:
        drawn.draw()
        self._watch.returned(self, drawn)  # before the caller goes on, who may need a thread at once
        drawn.end()


@cache
def watch() -> Watch:
    """The watch of this process."""
    return Watch()

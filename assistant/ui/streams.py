"""The answers that are being written now, so that another click of the same page can stop them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

from assistant.errors import ModelUnavailable

PATIENCE = 10.0
"""Seconds that a question waits for the end of the answer before it, which is stopped, but must be stored first."""
WAIT = "The answer before this one is still being stopped: try again in a moment."


class Streams:
    """One stop event for each open page that an answer is being written for."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._events: dict[str, threading.Event] = {}
        self._writing: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
        """Held while an answer of a page is written, so that the next takes its place after it."""
        self._alone = threading.Lock()

    @contextmanager
    def begin(self, session: str) -> Iterator[threading.Event]:
        """Give the event that stops this page's answer, until the answer has ended; an older one is stopped before.

        Raises:
            ModelUnavailable: the older one does not end.
        """
        event = threading.Event()
        with self._alone:
            self.stop(session)
            self._events[session] = event  # so that one that comes while this waits stops this
            writing = self._writing.setdefault(session, threading.Lock())
        try:
            if not writing.acquire(timeout=self._patience):
                raise ModelUnavailable(WAIT)
            try:
                yield event
            finally:
                writing.release()
        finally:
            event.set()
            with self._alone:
                if self._events.get(session) is event:
                    del self._events[session]

    def stop(self, session: str) -> None:
        """Ask for the end of this page's answer; nothing happens where none is being written."""
        if event := self._events.get(session):
            event.set()

"""The answers that are being written now, so that another click of the same page can stop them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Streams:
    """One stop event for each open page that an answer is being written for."""

    def __init__(self) -> None:
        self._events: dict[str, threading.Event] = {}

    @contextmanager
    def begin(self, session: str) -> Iterator[threading.Event]:
        """Give the event that stops this page's answer, until the answer has ended; an older one is stopped."""
        self.stop(session)
        event = self._events[session] = threading.Event()
        try:
            yield event
        finally:
            event.set()
            if self._events.get(session) is event:
                del self._events[session]

    def stop(self, session: str) -> None:
        """Ask for the end of this page's answer; nothing happens where none is being written."""
        if event := self._events.get(session):
            event.set()

"""The thread that runs the batch: lets in whoever waits, makes pass after pass, and goes when nothing is to be done."""

import atexit
import logging
import threading
import time
import traceback
import weakref
from collections.abc import Callable

from assistant.errors import Busy, ModelUnavailable
from assistant.model.batch import Batch
from assistant.model.line import Line
from assistant.model.requests import Request

log = logging.getLogger(__name__)

IDLE = 5.0
"""Seconds for which the thread waits for another answer to write before it goes."""

LAST = 10.0
"""Seconds that a pass is waited for when the program ends; one that is cut off there would end it by a crash."""
OPEN: "weakref.WeakSet[Scheduler]" = weakref.WeakSet()


class Scheduler:
    """Takes answers from any thread; the model is run by one of its own alone."""

    def __init__(self, batch: Batch, line: Line, waited: Callable[[float], None] = lambda seconds: None) -> None:
        """Take the batch, the line before it, and what is told for how many seconds each has waited there."""
        self._batch, self._line, self._waited = batch, line, waited
        self._places = max(1, batch.free)
        self._changed = threading.Condition()
        self._works = False
        self._closed = False
        self._thread: threading.Thread | None = None
        OPEN.add(self)

    @property
    def waiting(self) -> int:
        """How many answers wait for a place."""
        return len(self._line)

    @property
    def running(self) -> int:
        """How many answers are being written."""
        return len(self._batch.running)

    def submit(self, request: Request) -> None:
        """Put an answer in line.

        Raises:
            Busy: too many wait already.
        """
        with self._changed:
            self._line.enter(request, self._places)
            if self._works:
                self._changed.notify()
                return
            self._works = True
        self._thread = threading.Thread(target=self._work, name="write answers", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread after the pass that it is at; what is being written is not gone on with."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(LAST)

    def _work(self) -> None:
        import torch

        try:
            with torch.inference_mode():
                while self._let_in():
                    for request in self._batch.step():
                        with self._changed:
                            self._line.lasted(time.monotonic() - request.since)
        except Exception as error:  # noqa: BLE001 - the border of the thread: nobody is to wait for one that is gone
            places = "".join(traceback.format_tb(error.__traceback__))  # never its words, which may be a person's
            log.error("The thread that writes answers broke by %s:\n%s", type(error).__name__, places)
            with self._changed:
                self._works = False
                self._turn_away(error)

    def _let_in(self) -> bool:
        """Fill the free places; wait where nobody is there, and tell whether to go on."""
        while True:
            with self._changed:
                idle = not self._batch.running and not len(self._line)
                if self._closed or (idle and not self._changed.wait(IDLE)):
                    self._works = False
                    self._turn_away(ModelUnavailable("the assistant is being ended: ask again when it is back"))
                    return False
                self._see_off()
                entering = self._line.next(self._batch.running) if self._batch.free else None
            if entering is not None:
                now = time.monotonic()
                self._waited(now - entering.since)
                entering.since = now
                self._batch.join(entering)
            elif self._batch.running:
                return True

    def _turn_away(self, error: Exception) -> None:
        """Tell all who are still there that nobody answers them any more."""
        self._batch.abandon(error)
        for request in self._line.clear():
            request.fail(error)

    def _see_off(self) -> None:
        """Let go whoever wants no more, and whoever has waited too long."""
        for request in self._line.leave():
            request.tokens.put(None)
        for request in self._line.lost():
            request.fail(Busy(self._line.seconds(self._places)))


@atexit.register
def _close() -> None:
    for scheduler in list(OPEN):
        scheduler.close()

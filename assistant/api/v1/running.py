"""Answers that are being written: each in a thread of its own, heard from the event loop, which never waits for one."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Queue
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

from assistant.errors import Busy

if TYPE_CHECKING:
    from starlette.requests import Request

MOST = 256
"""Answers in the making at once, in a thread each; the line in front of the model is shorter as a rule."""
LATEST = 0.1
"""The weight of the latest answer in how long one takes."""
LOOK = 0.1
"""Seconds between two looks at whether one who waits has left."""
PULSE = 10.0
"""Seconds of silence after which a sign of life is given."""

Told = TypeVar("Told")


class Left(Exception):
    """Whoever asked is gone."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """How the thread ended."""

    error: Exception | None = None


class Running:
    """Counts the answers that are being written, and lets only so many begin."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._room = threading.Semaphore(most)
        self._takes = 5.0
        """Seconds that an answer takes, waiting included."""

    async def events(
        self, write: Callable[[], Iterator[Told]], stop: threading.Event, pulse: float = PULSE
    ) -> AsyncGenerator[Told | None, None]:
        """Yield what a thread writes, and None for each `pulse` of silence; when this is closed, `stop` is set.

        Args:
            write: blocks, and is run in a thread to its end, also where nobody listens any more.
            stop: tells it to come to an end.
            pulse: seconds of silence.

        Raises:
            Busy: as many answers are being written as there may be.
        """
        if not self._room.acquire(blocking=False):
            raise Busy(self._takes / self._most)  # Little (1961): as many end in the time that one takes
        heard: asyncio.Queue[Told | _Ended] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def tell(one: Told | _Ended) -> None:
            try:
                loop.call_soon_threadsafe(heard.put_nowait, one)
            except RuntimeError:  # the server has ended meanwhile
                stop.set()

        threading.Thread(target=self._work, args=(write, tell), name="answer", daemon=True).start()
        try:
            while True:
                try:
                    one = await asyncio.wait_for(heard.get(), pulse)
                except TimeoutError:
                    yield None
                    continue
                if isinstance(one, _Ended):
                    if one.error:
                        raise one.error
                    return
                yield one
        finally:
            stop.set()

    def _work(self, write: Callable[[], Iterator[Any]], tell: Callable[[Any], None]) -> None:
        """Write in a thread, and make room before the end of it is told."""
        began = time.monotonic()

        def leaving(one: Any) -> None:
            if isinstance(one, _Ended):
                self._takes += LATEST * (time.monotonic() - began - self._takes)
                self._room.release()
            tell(one)

        _write(write, leaving)


class Alone:
    """Lets each conversation be answered once at a time: a question asked meanwhile comes after the answer."""

    def __init__(self) -> None:
        self._held: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
        self._changing = threading.Lock()

    @contextmanager
    def answering(self, conversation: str, stop: threading.Event) -> Iterator[None]:
        """Wait until nothing else is answered there.

        Raises:
            Left: whoever asked has left meanwhile.
        """
        with self._changing:
            lock = self._held.setdefault(conversation, threading.Lock())
        while not lock.acquire(timeout=LOOK):
            if stop.is_set():
                raise Left
        try:
            yield
        finally:
            lock.release()


def together(writers: Sequence[Callable[[], Iterator[Told]]]) -> Iterator[Told]:
    """Yield what several threads write, as it comes; an error of one is raised once all have ended."""
    heard: Queue[Told | _Ended] = Queue()
    for write in writers:
        threading.Thread(target=_write, args=(write, heard.put), name="answer", daemon=True).start()
    errors = []
    left = len(writers)
    while left:
        one = heard.get()
        if isinstance(one, _Ended):
            left -= 1
            errors += [one.error] if one.error else []
        else:
            yield one
    if errors:
        raise errors[0]


def _write(write: Callable[[], Iterator[Any]], tell: Callable[[Any], None]) -> None:
    """Run in a thread of its own; what goes wrong travels to whoever listens."""
    ended = _Ended()
    try:
        for one in write():
            tell(one)
    except Exception as error:  # noqa: BLE001 - the border of the thread: the listener raises it again
        ended = _Ended(error)
    finally:
        tell(ended)


async def unless_gone(request: "Request", work: Awaitable[Told]) -> Told:
    """Wait for some work, which is cancelled where whoever asked goes away.

    Raises:
        Left: they did.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Left
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _left(request: "Request") -> None:
    """Return when whoever asked is gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass

"""How much one person or key may ask for: questions a minute, answers at once, uploads a day. Counted in memory."""

import math
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath

from assistant.accounts.callers import Caller
from assistant.accounts.settings import MEGABYTE, LimitSettings
from assistant.errors import BadInput, LimitReached

MINUTE, DAY = 60.0, 86_400.0


class Limits:
    """What was asked for lately; of callers that nobody signed in, nothing is counted."""

    def __init__(self, settings: LimitSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._spent: dict[tuple[str, str], deque[tuple[float, float]]] = defaultdict(deque)
        self._open: dict[str, int] = defaultdict(int)

    @contextmanager
    def answer(self, caller: Caller) -> Iterator[None]:
        """Count a question, and an answer as long as it is written.

        Raises:
            LimitReached: there were too many.
        """
        who = _who(caller)
        if who is None:
            yield
            return
        with self._lock:
            if self._open[who] >= self._settings.streams:
                raise LimitReached(f"{self._settings.streams} answers are being written for you: wait for one", 5)
            self._spend(who, "questions", 1, self._settings.questions, MINUTE)
            self._open[who] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[who] -= 1
                if not self._open[who]:
                    del self._open[who]

    def uploads(self, caller: Caller, count: int) -> None:
        """Count files or web pages.

        Raises:
            LimitReached: there were too many today.
        """
        if who := _who(caller):
            with self._lock:
                self._spend(who, "uploads", count, self._settings.uploads, DAY)

    def room(self, caller: Caller, size: int) -> None:
        """Count bytes of files that are coming in.

        Raises:
            LimitReached: there were too many today.
        """
        if who := _who(caller):
            most = self._settings.upload_megabytes
            with self._lock:
                self._spend(who, "megabytes of uploads", size / MEGABYTE, most, DAY)

    def types(self, names: Sequence[str]) -> None:
        """Refuse files of other types than those that may be uploaded; archives are judged by their own ending.

        Raises:
            BadInput: one is of another type.
        """
        allowed = {f".{ending.lower().lstrip('.')}" for ending in self._settings.upload_types}
        for name in names if allowed else ():
            if PurePath(name).suffix.lower() not in allowed:
                raise BadInput(f"files of this type are not taken here: choose {', '.join(sorted(allowed))}")

    def _spend(self, who: str, what: str, amount: float, most: float, seconds: float) -> None:
        spent, now = self._spent[who, what], self._clock()
        while spent and spent[0][0] <= now - seconds:
            spent.popleft()
        if sum(one for _, one in spent) + amount > most:
            wait = math.ceil(spent[0][0] + seconds - now) if spent else math.ceil(seconds)
            each = "a minute" if seconds == MINUTE else "a day"
            raise LimitReached(f"{most:g} {what} {each} is the limit here: try again in {_told(wait)}", wait)
        spent.append((now, amount))


def _who(caller: Caller) -> str | None:
    return (caller.key or f"user {caller.user}") if caller.signed_in else None


def _told(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"

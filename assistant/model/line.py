"""The line in front of the model: bounded, fair between people, and honest about how long it takes."""

import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence

from assistant.errors import Busy
from assistant.model.requests import Request

REMEMBERED = 20
"""Answers whose duration an estimate rests on."""
UNKNOWN = 10.0
"""Seconds that an answer is taken to last before the first has been given."""


class Line:
    """Those who wait. Whoever uses it sees to it that only one thread does at a time."""

    def __init__(self, longest: int, patience: float) -> None:
        """Take how many may wait at most, and for how many seconds each."""
        self._longest, self._patience = longest, patience
        self._waiting: list[Request] = []
        self._lasted: deque[float] = deque(maxlen=REMEMBERED)

    def __len__(self) -> int:
        return len(self._waiting)

    def enter(self, request: Request, places: int) -> None:
        """Take one more.

        Raises:
            Busy: too many wait already.
        """
        if len(self._waiting) >= self._longest:
            raise Busy(self.seconds(places))
        self._waiting.append(request)

    def lasted(self, seconds: float) -> None:
        """Hear how long an answer took from its first pass on."""
        self._lasted.append(seconds)

    def seconds(self, places: int) -> float:
        """Estimate how long one who comes now would wait for one of so many places."""
        mean = sum(self._lasted) / len(self._lasted) if self._lasted else UNKNOWN
        return mean * (len(self._waiting) + 1) / places

    def next(self, running: Iterable[Request]) -> Request | None:
        """Let in whoever has waited longest of those who have the fewest answers running."""
        if not self._waiting:
            return None
        has = Counter(request.person for request in running)
        chosen = min(self._waiting, key=lambda request: (has[request.person], request.since))
        self._waiting.remove(chosen)
        return chosen

    def leave(self) -> Sequence[Request]:
        """Return those who want no more, who are no longer in line."""
        left = [request for request in self._waiting if request.ends()]
        self._waiting = [request for request in self._waiting if request not in left]
        return left

    def lost(self) -> Sequence[Request]:
        """Return those who have waited too long, who are no longer in line."""
        until = time.monotonic() - self._patience
        late = [request for request in self._waiting if request.since < until]
        self._waiting = [request for request in self._waiting if request.since >= until]
        return late

    def clear(self) -> Sequence[Request]:
        """Return all, who are no longer in line."""
        left, self._waiting = self._waiting, []
        return left

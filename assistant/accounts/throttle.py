"""Sign-ins that fail make the next one wait: longer each time, for the name and for the address it came from."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

MOST = 10_000
"""Names and addresses that are remembered; the one that failed longest ago is forgotten first."""
FORGOTTEN = 3600.0
"""Seconds without a failure after which all is as at the beginning."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the waiting grows."""

    free: int
    """Failures that cost nothing."""
    longest: float
    """The longest wait, in seconds."""

    def wait(self, failures: int) -> float:
        """Return how many seconds to wait after so many failures: 1, 2, 4 … up to the longest."""
        over = failures - self.free
        return 0.0 if over <= 0 else min(self.longest, 2.0 ** min(over - 1, 30))


NAME = Pace(free=4, longest=60.0)
"""No more than a minute: who does not know the password must not keep out who does."""
ADDRESS = Pace(free=20, longest=900.0)


@dataclass(frozen=True, slots=True)
class _Failures:
    count: int = 0
    last: float = 0.0


class Throttle:
    """Remembers failures in memory; what is tried at the same moment counts as failed until it is known."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[str, _Failures] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, name: str, address: str) -> float:
        """Count a try, and return 0; or count nothing and return how many seconds to wait first."""
        with self._lock:
            both = self._both(name, address)
            wait = max(0.0, *(self._left(key, pace) for key, pace in both.items()))
            if wait <= 0:
                for key in both:
                    self._count(key)
            return wait

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of a name that was signed in, and take the try back from its address."""
        with self._lock:
            of_name, of_address = self._both(name, address)
            self._known.pop(of_name, None)
            if found := self._known.get(of_address):
                self._known[of_address] = replace(found, count=max(0, found.count - 1))

    def _both(self, name: str, address: str) -> dict[str, Pace]:
        return {f"name {name}": NAME, f"address {address}": ADDRESS}

    def _left(self, key: str, pace: Pace) -> float:
        found = self._known.get(key, _Failures())
        since = self._clock() - found.last
        return 0.0 if since > FORGOTTEN else pace.wait(found.count) - since

    def _count(self, key: str) -> None:
        found, now = self._known.pop(key, _Failures()), self._clock()
        count = 1 if now - found.last > FORGOTTEN else found.count + 1
        self._known[key] = _Failures(count, now)
        while len(self._known) > MOST:
            self._known.popitem(last=False)

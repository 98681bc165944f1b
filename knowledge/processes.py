"""Which processes live: so that what a crashed one left is told from what another still works at.

A process of this machine is looked up by its number. Of one on another machine only its lease is known, which it renews
while it works.
"""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from knowledge.errors import KnowledgeError

log = logging.getLogger(__name__)

SLACK = 3
"""Seconds by which the clock may have been set meanwhile."""
RENEWAL = 15.0
"""Seconds after which a lease is renewed."""
FRESH = 120.0
"""Seconds after which whoever did not renew its lease counts as gone."""


def this() -> str:
    """Name this process so that no later one with its number, and none of another machine, is taken for it."""
    process = psutil.Process()
    return f"{_host()}/{process.pid}:{process.create_time():.0f}"


def alive(name: str, age: float | None = None) -> bool:
    """Tell whether the process of this name still runs.

    Args:
        name: as `this` gave it.
        age: how many seconds ago it renewed its lease, None where it has none; counts for other machines only.
    """
    host, _, process = name.rpartition("/")
    if host not in ("", _host()):
        return age is not None and age < FRESH
    number, _, started = process.partition(":")
    try:
        there = psutil.Process(int(number))
        return bool(abs(there.create_time() - float(started)) < SLACK and there.status() != psutil.STATUS_ZOMBIE)
    except (psutil.NoSuchProcess, ValueError):
        return False


@contextmanager
def renewed(renew: Callable[[], None], every: float = RENEWAL) -> Iterator[None]:
    """Renew a lease, at once and again and again while the block runs."""
    done = threading.Event()

    def keep() -> None:
        while not done.wait(every):
            try:
                renew()
            except KnowledgeError as error:  # the work itself will say so, if the database does not come back
                log.warning("The lease was not renewed: %s", error)

    renew()
    keeper = threading.Thread(target=keep, name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _host() -> str:
    """Name this machine; containers that share a name, but not their processes, count as machines of their own."""
    space = Path("/proc/self/ns/pid")
    return f"{socket.gethostname()}-{space.readlink()}" if space.is_symlink() else socket.gethostname()

"""One server a home: it holds a lock while it runs, which a crash lets go of."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import BadInput

LOCK = "server.lock"


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Hold a home as its only server; commands may use it meanwhile.

    Raises:
        BadInput: another server holds it, or it cannot be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise BadInput(f"the home {home} cannot be written ({error.strerror}): name another with --home") from error
    try:
        _lock(descriptor, home)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, home: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        other = os.pread(descriptor, 20, 0).decode("ascii", "replace") or "unknown"
        raise BadInput(
            f"another server (process {other}) serves {home}: end it first, or give this one a home of its own "
            "with --home"
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)

"""Which processes live: so that what a crashed one left is told from what another still works at."""

import psutil  # type: ignore[import-untyped]

SLACK = 3
"""Seconds by which the clock may have been set meanwhile."""


def this() -> str:
    """Name this process so that no later one with its number is taken for it."""
    process = psutil.Process()
    return f"{process.pid}:{process.create_time():.0f}"


def alive(name: str) -> bool:
    """Tell whether the process of this name still runs."""
    number, _, started = name.partition(":")
    try:
        process = psutil.Process(int(number))
        return bool(abs(process.create_time() - float(started)) < SLACK and process.status() != psutil.STATUS_ZOMBIE)
    except (psutil.NoSuchProcess, ValueError):
        return False

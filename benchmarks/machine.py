"""What the machine did beside: where its host lends its cores to others, figures are that much worse."""

import time
from typing import Any

import psutil


def clock() -> Any:
    """Return the time that all cores have spent so far."""
    return psutil.cpu_times()


def lent(before: Any) -> float:
    """Return the share of the cores' time since then that the host gave to other machines, 0 to 1; 0 if unknown."""
    after = clock()
    spent = sum(after) - sum(before)
    return round((getattr(after, "steal", 0.0) - getattr(before, "steal", 0.0)) / max(spent, 1e-9), 3)


def additions_ms() -> float:
    """Return the milliseconds of this process for a million additions in Python: a scale for figures in milliseconds.

    Borrowed machines differ threefold from one hour to the next; about 50 is a fast one.
    """
    began = time.process_time()
    total = 0
    for number in range(1_000_000):
        total += number
    return round((time.process_time() - began) * 1000, 1)

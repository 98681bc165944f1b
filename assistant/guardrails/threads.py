"""One core for what is small: the encoder beside a model that answers on all cores.

Threads of two computations that wait for each other on the same cores do so by spinning, and what takes 15 ms alone
then takes hundreds. A text of a rail is too short to gain from a second thread.
"""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


def one_core() -> AbstractContextManager[Any]:
    """Compute in one thread within, in the thread that asks only; torch's number for others, and for later, stays."""
    limit: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limit


@cache
def _controller() -> Any:
    import torch  # noqa: F401 - its OpenMP must be loaded to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(internal_api="openmp")

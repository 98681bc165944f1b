"""The stages of an answer: each is timed for the metrics and, where traces are on, told as a span of its turn."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol, TypeVar

from assistant.metrics import Metrics

T = TypeVar("T")


class Tracer(Protocol):
    """What tells spans to whoever collects them."""

    def turn(self, turn_id: str) -> AbstractContextManager[object]:
        """Open the span of a whole answer, which those of its stages belong to."""

    def stage(self, turn_id: str, name: str, seconds: float) -> None:
        """Tell of a stage that has just ended."""


class Stopwatch:
    """Adds up the time that a stream takes for its items, without that of whoever reads them."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def over(self, items: Generator[T, None, None]) -> Generator[T, None, None]:
        """Hand the items on; closing this closes them."""
        try:
            while True:
                began = time.perf_counter()
                try:
                    item = next(items)
                except StopIteration:
                    return
                finally:
                    self.seconds += time.perf_counter() - began
                yield item
        finally:
            items.close()


class Stages:
    """Times the stages of answers, of which any number may be under way at once."""

    def __init__(self, metrics: Metrics, tracer: Tracer | None = None) -> None:
        self.metrics = metrics
        self._tracer = tracer

    def turn(self, turn_id: str) -> AbstractContextManager[object]:
        """Hold the span of a whole answer open."""
        return self._tracer.turn(turn_id) if self._tracer else nullcontext()

    @contextmanager
    def stage(self, turn_id: str, name: str) -> Iterator[None]:
        """Time one stage of an answer."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.took(turn_id, name, time.perf_counter() - began)

    def writing(
        self,
        turn_id: str,
        pieces: Generator[str, None, None],
        judged: Callable[[Generator[str, None, None]], Generator[T, None, None]],
    ) -> Generator[T, None, None]:
        """Time model and rails apart, which take turns while an answer is written; closing this closes both.

        Args:
            turn_id: of the answer.
            pieces: the model's stream.
            judged: from that stream to what the rails make of it.
        """
        model, both = Stopwatch(), Stopwatch()
        try:
            yield from both.over(judged(model.over(pieces)))
        finally:
            self.took(turn_id, "model", model.seconds)
            self.took(turn_id, "rails out", both.seconds - model.seconds)

    def took(self, turn_id: str, name: str, seconds: float) -> None:
        """Tell how long a stage took that has just ended; where it took turns with others, their time is not in it."""
        self.metrics.stage_seconds.labels(name).observe(seconds)
        if self._tracer:
            self._tracer.stage(turn_id, name, seconds)

"""What is counted and timed while people ask, for Prometheus: numbers alone, no words and no names of people."""

import time
from collections.abc import Callable, Generator, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from assistant.events import Delta, Done, Event
from assistant.turns import Rating, Turn

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
RATES = (1, 2, 5, 10, 20, 40, 80, 160, 320)
FORM = "text/plain; version=0.0.4; charset=utf-8"
"""The media type of what `written` returns."""
LEFT, FAILED = "left", "failed"


class Metrics:
    """The counters of one process, in a registry of their own; made once, in assembly."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # resident memory, open files, processor time
        self.requests = self._counter("requests", "HTTP requests", "method", "route", "status")
        self.request_seconds = self._times("request_seconds", "Seconds of an HTTP request, streams included", "route")
        self.answers = self._counter(
            "answers", "Answers, by answered, abstained, refused, stopped, left or failed", "outcome"
        )
        self.first_token_seconds = self._times("first_token_seconds", "Seconds from a question to the first token")
        self.answer_seconds = self._times("answer_seconds", "Seconds from a question to its stored turn")
        self.stage_seconds = self._times("stage_seconds", "Seconds of one stage of an answer", "stage")
        self.tokens = self._counter("tokens", "Tokens written")
        self.token_rate = self._histogram("tokens_per_second", "Tokens a second from the first one on", RATES)
        self.rails = self._counter("rails", "Verdicts of rails that did not simply allow", "rail", "action", "side")
        self.errors = self._counter("errors", "Answers that failed, by the kind of error", "kind")
        self.ratings = self._counter("ratings", "Ratings given, by thumb", "thumb")
        self.queue_length = Gauge("apprentice_queue_length", "Questions that wait", registry=self.registry)
        self.queue_seconds = self._times("queue_seconds", "Seconds that a question waited for the model")
        self.streams = Gauge("apprentice_open_streams", "Answers being written", registry=self.registry)

    def written(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self.registry)

    # What the line in front of the model tells

    def waited(self, seconds: float) -> None:
        """Tell how long one question waited for the model."""
        self.queue_seconds.observe(seconds)

    # What the engine tells

    def watched(self, events: Generator[Event, None, None]) -> Generator[Event, None, None]:
        """Hand the events of one answer on, and count what becomes of it."""
        began, first, outcome = time.perf_counter(), True, FAILED
        self.streams.inc()
        try:
            for event in events:
                if isinstance(event, Delta) and first:
                    first = False
                    self.first_token_seconds.observe(time.perf_counter() - began)
                elif isinstance(event, Done):
                    outcome = self._kept(event.turn)
                yield event
        except GeneratorExit:
            outcome = LEFT if outcome == FAILED else outcome
            raise
        except Exception as error:
            self.errors.labels(type(error).__name__).inc()
            raise
        finally:
            events.close()
            self.streams.dec()
            self.answers.labels(outcome).inc()
            self.answer_seconds.observe(time.perf_counter() - began)

    def rated(self, rating: Rating | None) -> None:
        """Tell that a rating was set; None, which takes one back, is not counted."""
        if rating is not None:
            self.ratings.labels(rating.thumb).inc()

    # What is looked up when Prometheus asks

    def opinions(self, counts: Callable[[], Mapping[str, int]]) -> None:
        """Let the share of good ratings among all that are stored be looked up.

        Args:
            counts: how many ratings are stored, by `up` and `down`.
        """

        def share() -> float:
            found = counts()
            rated = found["up"] + found["down"]
            return found["up"] / rated if rated else float("nan")

        Gauge(
            "apprentice_like_ratio", "Good ratings among all that are stored; NaN where there are none",
            registry=self.registry,
        ).set_function(share)  # fmt: skip

    def work(self, waiting: Callable[[], float], counts: Callable[[], Mapping[str, int]]) -> None:
        """Let what the model in this process does be looked up.

        Args:
            waiting: how many questions wait for it.
            counts: what it has done so far, by name: passes, tokens of prompts, those that its cache spared it.
        """
        self.queue_length.set_function(waiting)
        self.registry.register(_Work(counts))

    # What the server tells

    def requested(self, method: str, route: str, status: int, seconds: float) -> None:
        """Tell of one HTTP request.

        Args:
            method: of HTTP.
            route: its pattern, not its path: a label must have few values.
            status: of the answer; 0 where there was none.
            seconds: until its last byte.
        """
        self.requests.labels(method, route, str(status)).inc()
        self.request_seconds.labels(route).observe(seconds)

    def _kept(self, turn: Turn) -> str:
        """Count what is known of a turn once it is stored, and return its outcome."""
        for verdict in turn.verdicts:
            self.rails.labels(str(verdict["rail"]), str(verdict["action"]), str(verdict["side"])).inc()
        timings = turn.timings
        self.tokens.inc(timings.tokens)
        writing = (timings.total_ms - timings.first_token_ms) / 1000
        if timings.tokens > 1 and timings.first_token_ms and writing > 0:
            self.token_rate.observe((timings.tokens - 1) / writing)
        return outcome(turn)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"apprentice_{name}", about, labels, registry=self.registry)

    def _times(self, name: str, about: str, *labels: str) -> Histogram:
        return self._histogram(name, about, SECONDS, *labels)

    def _histogram(self, name: str, about: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"apprentice_{name}", about, labels, buckets=buckets, registry=self.registry)


class _Work(Collector):
    """Gives the counts of the model when Prometheus asks."""

    def __init__(self, counts: Callable[[], Mapping[str, int]]) -> None:
        self._counts = counts

    def collect(self) -> Iterator[CounterMetricFamily]:
        for name, count in self._counts().items():
            about = f"What the model in this process has done: {name.replace('_', ' ')}"
            yield CounterMetricFamily(f"apprentice_model_{name}", about, value=count)


def outcome(turn: Turn) -> str:
    """Say in one word what became of a stored turn."""
    if turn.refusal:
        return "refused"
    if turn.abstained:
        return "abstained"
    return "stopped" if turn.stopped else "answered"

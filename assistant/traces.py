"""Traces of answers for an OpenTelemetry collector, over gRPC; imported and sent only where the settings name one.

A turn's id is the id of its trace, so that it can be looked up from a turn or from the audit log. No span holds words
that people wrote, nor their names.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

SAMPLED = trace.TraceFlags(trace.TraceFlags.SAMPLED)


class Traces:
    """Tells the spans of answers to a collector, a batch at a time and beside the answers."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._provider = TracerProvider(resource=Resource({"service.name": "apprentice"}), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("apprentice")
        self._alone = threading.Lock()
        self._open: dict[str, Any] = {}

    @contextmanager
    def turn(self, turn_id: str) -> Iterator[None]:
        """Hold the span of a whole answer open.

        Args:
            turn_id: 32 hexadecimal digits, which become the trace's id.
        """
        above = trace.SpanContext(int(turn_id, 16), int(turn_id[:16], 16), is_remote=True, trace_flags=SAMPLED)
        span = self._tracer.start_span("turn", trace.set_span_in_context(trace.NonRecordingSpan(above)))
        with self._alone:
            self._open[turn_id] = trace.set_span_in_context(span)
        try:
            yield
        finally:
            with self._alone:
                del self._open[turn_id]
            span.end()

    def stage(self, turn_id: str, name: str, seconds: float) -> None:
        """Tell of a stage that has just ended; one that took turns with others is told as if it came last."""
        ended = time.time_ns()
        began = ended - int(seconds * 1e9)
        self._tracer.start_span(name, self._open.get(turn_id), start_time=began).end(ended)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def to(address: str) -> Traces:
    """Return traces that are sent to a collector.

    Args:
        address: its OTLP receiver for gRPC: http://127.0.0.1:4317.
    """
    return Traces(OTLPSpanExporter(endpoint=address, insecure=address.startswith("http://")))

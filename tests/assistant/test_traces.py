"""The spans of an answer."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, ClassVar

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from assistant.stages import Stages
from assistant.traces import Traces, to
from tests.assistant.doubles import passage


def spans(chat):
    """Answer one question, and give the turn and what was told of it."""
    kept = InMemorySpanExporter()
    traces = Traces(kept)
    one = chat("In the cellar [1].", passages=[passage(1, "Bicycles are kept in the cellar.")])
    object.__setattr__(one.engine, "stages", Stages(one.engine.metrics, traces))
    turn = one.ask("Where are bicycles kept?", user="grace")
    traces._provider.force_flush()
    found = kept.get_finished_spans()
    traces.close()
    return turn, {span.name: span for span in found}


def test_the_stages_of_a_turn_are_spans_below_that_of_the_turn_whose_id_is_the_traces(chat):
    turn, found = spans(chat)
    assert set(found) == {"turn", "rails in", "retrieval", "prompt", "model", "rails out", "store"}
    assert {f"{span.context.trace_id:032x}" for span in found.values()} == {turn.id}
    above = found["turn"].context.span_id
    assert all(span.parent.span_id == above for name, span in found.items() if name != "turn")
    assert all(span.start_time <= span.end_time for span in found.values())


def test_no_span_holds_words_that_people_wrote(chat):
    _, found = spans(chat)
    told = " ".join(span.to_json() for span in found.values())
    assert not any(word in told for word in ("bicycles", "cellar", "grace"))


@pytest.fixture
def collector():
    """A collector that keeps what it is told, and its address."""

    class Collector(TraceServiceServicer):
        told: ClassVar[list[Any]] = []

        def Export(self, request, context):
            self.told += [span for one in request.resource_spans for scope in one.scope_spans for span in scope.spans]
            return ExportTraceServiceResponse()

    server = grpc.server(ThreadPoolExecutor(1))
    add_TraceServiceServicer_to_server(Collector(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"http://127.0.0.1:{port}", Collector.told
    server.stop(None)


def test_a_collector_is_told_before_the_assistant_ends(collector):
    address, told = collector
    turn_id = "0123456789abcdef0123456789abcdef"
    with closing(to(address)) as traces, traces.turn(turn_id):
        traces.stage(turn_id, "retrieval", 0.25)
    assert {span.name for span in told} == {"turn", "retrieval"}
    assert {span.trace_id.hex() for span in told} == {turn_id}
    [stage] = [span for span in told if span.name == "retrieval"]
    assert stage.end_time_unix_nano - stage.start_time_unix_nano == 250_000_000


def test_nothing_of_opentelemetry_is_imported_where_traces_are_off():
    code = "import sys, assistant.assembly; print(any(name.startswith('opentelemetry') for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

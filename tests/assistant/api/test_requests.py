"""What stands around every request."""

import asyncio
import json
import logging

import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from assistant.api.callers import Caller
from assistant.api.requests import Requests
from assistant.logs import REQUESTS, request_id
from assistant.metrics import Metrics
from assistant.running import Running


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
def running():
    return Running()


def below():
    """An application that is mounted in another."""
    programs = FastAPI()

    @programs.get("/models/{name}")
    async def model(name: str) -> str:
        return name

    return programs


@pytest.fixture
def client(metrics, running):
    app = FastAPI()

    @app.get("/documents/{name}")
    async def document(name: str) -> str:
        return request_id.get()

    @app.post("/ask")
    async def ask() -> str:
        return "yes"

    @app.get("/broken")
    async def broken() -> str:
        raise ZeroDivisionError("what Ada wrote")

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def pieces():
            for piece in ("a", "b"):
                yield piece
                await asyncio.sleep(0)

        return StreamingResponse(pieces())

    @app.middleware("http")
    async def known(request, answer):
        request.state.caller = Caller("grace")
        return await answer(request)

    app.mount("/v1", below())
    app.add_middleware(Requests, metrics=metrics, running=running, pseudonym=lambda user: f"someone {len(user)}")
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.INFO, REQUESTS)
    return lambda: [record.facts for record in caplog.records if record.name == REQUESTS]


def test_a_request_has_an_id_of_its_own_that_it_is_given_back(client):
    first, second = client.get("/documents/1"), client.get("/documents/1")
    assert len(first.headers["X-Request-ID"]) == 32
    assert first.json() == first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


def test_a_short_plain_id_that_a_request_brings_is_kept(client):
    assert client.get("/documents/1", headers={"X-Request-ID": "proxy-7.a"}).headers["X-Request-ID"] == "proxy-7.a"


@pytest.mark.parametrize("given", ["", "a" * 65, "a b", 'a"b', "ä".encode("latin-1")])
def test_an_id_that_would_spoil_the_log_is_not_taken(client, given):
    assert len(client.get("/documents/1", headers={"X-Request-ID": given}).headers["X-Request-ID"]) == 32


def test_a_request_is_logged_by_its_pattern_and_without_name_or_content(client, told):
    client.get("/documents/salaries?question=secret")
    [facts] = told()
    assert (facts["method"], facts["route"], facts["status"], facts["user"]) == (
        "GET", "/documents/{name}", 200, "someone 5",
    )  # fmt: skip
    assert facts["ms"] > 0
    assert not any(word in json.dumps(facts) for word in ("salaries", "secret", "grace"))


def test_paths_and_methods_that_there_are_not_make_no_new_labels(client, metrics):
    client.request("BREW", "/no/such/path/1")
    client.get("/no/such/path/2")
    written = metrics.written().decode()
    assert 'method="other",route="other"' in written
    assert "such" not in written
    assert "BREW" not in written


def test_a_route_of_an_application_below_is_named_in_whole(client, told):
    client.get("/v1/models/small")
    assert told()[0]["route"] == "/v1/models/{name}"


def test_a_request_that_breaks_is_counted(client, metrics):
    assert client.get("/broken").status_code == 500
    assert 'route="/broken"' in metrics.written().decode()


def test_a_stream_goes_through(client):
    assert client.get("/stream").text == "ab"


def test_while_it_stops_nothing_new_is_taken_but_what_runs_is_read_to_its_end(client, running):
    assert client.post("/ask").json() == "yes"
    running.close(0)
    turned = client.post("/ask")
    assert (turned.status_code, turned.headers["Retry-After"]) == (503, "30")
    assert turned.json()["error"]["code"] == "stopping"
    assert client.get("/documents/1").status_code == 200

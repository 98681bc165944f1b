"""Servers as real processes, whose answers a model server of the tests writes."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assistant.store.store import Store
from assistant.turns import Turn
from tests.assistant.model.spoken_server import SpokenServer
from tests.servers import Server


@pytest.fixture(scope="module")
def spoken() -> Iterator[SpokenServer]:
    server = SpokenServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def start(spoken: SpokenServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start a server on a home; whatever still runs at the end is killed."""
    started: list[Server] = []

    def begin(home: Path, *arguments: str, wait: bool = True) -> Server:
        log = (tmp_path_factory.mktemp("log") / "stderr").open("w+b")
        server = Server(home, *(arguments or ("--model", f"openai:{spoken.url}#spoken")), stderr=log)
        server.log = log
        started.append(server)
        if wait:
            server.wait()
        return server

    yield begin
    for server in started:
        server.process.kill()
        server.process.wait()
        server.log.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


def turns(home: Path) -> list[Turn]:
    """Read what is stored, as another process does."""
    with closing(Store(home / "assistant.db")) as store:
        return [turn for one in store.conversations() for turn in store.turns(one.id)]


def audited(home: Path) -> str | None:
    """Say what is wrong with the audit log, None where nothing is."""
    with closing(Store(home / "assistant.db")) as store:
        return store.audit.check().reason


def until(true: Callable[[], Any], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)

"""Servers that the assistant rests on go away and come back: it says which, and needs no restart."""

import json

import pytest

from tests.faults.conftest import turns, until
from tests.knowledge.servers import ChromaServer
from tests.knowledge.test_outages import Server as Stoppable

QUESTION = "How long is parental leave at Larkspur?"


@pytest.fixture(scope="module")
def chroma(tmp_path_factory):
    server = ChromaServer(tmp_path_factory.mktemp("chroma"))
    yield Stoppable(server)
    server.end()


@pytest.fixture(scope="module")
def server(start, home, chroma):
    (home / "settings.toml").write_text('[knowledge]\nvectors = "{vectors}"\n'.format(**chroma.settings()))
    return start(home)


def checks(server):
    return json.loads(server.get("/readyz")[1])["checks"]


def test_a_vector_server_that_goes_away_is_told_and_its_return_is_noticed(server, chroma, home, tmp_path):
    from knowledge.__main__ import main as knowledge

    (tmp_path / "leave.md").write_text("# Parental leave\n\nParental leave at Larkspur is sixteen weeks long.\n")
    assert knowledge(["add", str(tmp_path / "leave.md"), "--home", str(home)]) == 0
    server.ask(QUESTION)
    chroma.stop()
    try:
        with pytest.raises(Exception, match="see that the server runs") as told:
            server.ask(QUESTION)
        found = checks(server)
    finally:
        chroma.start()
    assert "\n" not in str(told.value)
    assert "see that the server runs" in found["index"]
    assert found["database"] == "ok"
    until(lambda: server.get("/readyz")[0] == 200)
    assert server.ask(QUESTION)["answer"]
    assert len(turns(home)) == 2


def test_a_model_server_that_fails_is_told_left_alone_and_asked_again(server, spoken, home):
    before = len(turns(home))
    spoken.says = 500
    try:
        for _ in range(3):
            with pytest.raises(Exception, match="server") as told:
                server.ask("Hello, who are you?")
            assert "\n" not in str(told.value)
        assert "does not answer" in checks(server)["model"]
    finally:
        spoken.says = ["Good ", "morning."]
    until(lambda: server.get("/readyz")[0] == 200)
    assert server.ask("Hello, who are you?")["answer"] == "Good morning."
    assert len(turns(home)) == before + 1

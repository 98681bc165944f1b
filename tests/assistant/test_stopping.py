"""A server that is told to stop, as a real process."""

import signal
import time
import urllib.error
import urllib.request

import pytest

from assistant.store.store import Store
from tests.assistant.model.spoken_server import SpokenServer
from tests.servers import Server

WORDS = [f"word{number} " for number in range(12)]


@pytest.fixture
def spoken():
    server = SpokenServer()
    yield server
    server.close()


@pytest.fixture
def start(tmp_path, spoken):
    """Start a server whose model is the spoken one, and ask a question of which the answer is being written."""
    started = []

    def begin(stop_seconds, pause):
        spoken.says, spoken.pause = WORDS, pause
        (tmp_path / "settings.toml").write_text(f"[server]\nstop_seconds = {stop_seconds}\n")
        server = Server(tmp_path, "--model", f"openai:{spoken.url}#spoken")
        started.append(server)
        server.wait()
        answer = server.submit("Tell me something about the sea.")
        deadline = time.monotonic() + 60
        while not spoken.bodies("/v1/chat/completions"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        server.process.send_signal(signal.SIGTERM)
        return server, answer

    yield begin
    for server in started:
        server.process.kill()
        server.process.wait()


def turns(home):
    store = Store(home / "assistant.db")
    try:
        return [turn for one in store.conversations() for turn in store.turns(one.id)]
    finally:
        store.close()


def test_a_running_answer_is_finished_while_new_questions_are_turned_away(start, tmp_path):
    server, answer = start(stop_seconds=30, pause=0.25)
    while (told := server.get("/readyz"))[0] == 200:
        time.sleep(0.02)
    assert told[0] == 503
    assert '"stopping"' in told[1]
    asked = urllib.request.Request(f"{server.url}/gradio_api/queue/join", data=b"{}", method="POST")
    with pytest.raises(urllib.error.HTTPError) as turned:
        urllib.request.urlopen(asked, timeout=10)
    assert (turned.value.code, turned.value.headers["Retry-After"]) == (503, "30")
    assert answer.result(timeout=60)["answer"] == "".join(WORDS).strip()
    assert server.process.wait(timeout=30) == 0
    [turn] = turns(tmp_path)
    assert not turn.stopped


def test_an_answer_that_takes_longer_is_stored_as_interrupted(start, tmp_path):
    server, _ = start(stop_seconds=1, pause=1)
    assert server.process.wait(timeout=30) == 0
    [turn] = turns(tmp_path)
    assert turn.stopped
    assert "".join(WORDS).startswith(turn.answer)

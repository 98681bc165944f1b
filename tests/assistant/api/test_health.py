"""Health, readiness and metrics of the server."""

import shutil
import time
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from assistant import server, settings
from assistant.api import health
from assistant.assembly import assemble
from assistant.running import Running

BASE = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def assistant(home):
    with assemble(settings.load(home=home, model="openai:http://127.0.0.1:9/v1#none")) as assembled:
        yield assembled


@pytest.fixture
def client(assistant):
    """The server, whose stopping ends with the test."""
    alone = replace(assistant, engine=replace(assistant.engine, running=Running()))
    opened = TestClient(server.application(alone, "127.0.0.1", 7860), base_url=BASE, client=("127.0.0.1", 9))
    opened.engine = alone.engine
    return opened


def test_a_server_that_can_answer_is_ready_and_says_of_what(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    assert answer.json()["checks"] == dict.fromkeys(("database", "model", "index", "disk"), "ok")


def test_a_database_that_is_gone_is_told_and_its_return_too(client, home):
    (home / "assistant.db").rename(home / "away.db")
    try:
        answer = client.get("/readyz")
    finally:
        (home / "away.db").rename(home / "assistant.db")
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    assert "assistant.db is gone" in answer.json()["checks"]["database"]
    assert client.get("/readyz").status_code == 200


def test_an_index_that_cannot_be_read_is_told(client, home):
    folder = home / "knowledge" / "index"
    folder.rename(folder.with_name("away"))
    folder.touch()
    try:
        checks = client.get("/readyz").json()["checks"]
    finally:
        folder.unlink()
        folder.with_name("away").rename(folder)
    assert "cannot be used" in checks["index"]
    assert checks["database"] == "ok"


def test_a_model_that_could_not_be_loaded_is_told_and_its_coming_too(tmp_path, tiny_model):
    folder = tmp_path / "no model"
    with assemble(settings.load(home=tmp_path, model=str(folder))) as assistant:
        server._warm(assistant)
        assert "no model" in health.problems(assistant)["model"]
        shutil.copytree(tiny_model, folder)
        deadline = time.monotonic() + 60
        while health.problems(assistant):
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_a_full_disk_is_told_with_what_is_left(assistant, monkeypatch):
    monkeypatch.setattr(health, "ROOM", 2**50)
    assert "free some space" in health.problems(assistant)["disk"]


def test_a_server_that_stops_lives_but_is_not_ready(client):
    client.engine.running.close(0)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "stopping")
    assert client.get("/healthz").status_code == 200


def test_the_metrics_are_in_the_format_of_prometheus_and_count_this_request(client):
    from prometheus_client.parser import text_string_to_metric_families

    client.get("/healthz")
    answer = client.get("/metrics")
    names = {family.name for family in text_string_to_metric_families(answer.text)}
    assert {"apprentice_requests", "apprentice_answers", "apprentice_like_ratio"} <= names
    assert 'route="/healthz",status="200"' in answer.text


def test_strangers_are_told_no_details_and_no_metrics(assistant, home):
    stranger = replace(assistant, settings=settings.load(home=home))
    chat = stranger.settings.chat.model_copy(update={"user": "grace"})
    stranger = replace(stranger, settings=replace(stranger.settings, chat=chat))
    app = server.application(stranger, "127.0.0.1", 7860)
    away = TestClient(app, base_url=BASE, client=("192.0.2.7", 9))
    behind = TestClient(app, base_url=BASE, client=("127.0.0.1", 9), headers={"X-Forwarded-For": "192.0.2.7"})
    here = TestClient(app, base_url=BASE, client=("127.0.0.1", 9))
    for client in (away, behind):
        assert client.get("/readyz").json() == {"status": "ready"}
        assert client.get("/metrics").status_code == 403
    assert here.get("/metrics").status_code == 200

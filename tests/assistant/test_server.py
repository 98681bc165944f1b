import socket
import threading
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from assistant import server, settings
from assistant.assembly import assemble
from assistant.errors import BadInput


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with assemble(settings.load(home=home, model=str(home / "no model"))) as assembled:
        yield assembled


@pytest.fixture(scope="module")
def client(assistant):
    with TestClient(server.application(assistant, "127.0.0.1", 7860), base_url="http://127.0.0.1:7860") as opened:
        yield opened


@pytest.fixture
def port():
    """A port that is taken."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_its_health_is_told_without_the_model(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_the_page_is_there_and_names_nothing_elsewhere_that_it_would_fetch(client):
    page = client.get("/")
    assert page.status_code == 200
    assert "Apprentice" in page.text
    assert "fonts.googleapis.com" not in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/healthz", "/config", "/no/such/page"])
def test_every_answer_tells_the_browser_to_fetch_nothing_from_elsewhere(client, path):
    headers = client.get(path).headers
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["connect-src"] == policy["frame-ancestors"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert not any("http" in rule or "*" in rule for rule in policy.values())
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "192.168.0.7", ""])
@pytest.mark.parametrize("path", ["/", "/healthz", "/gradio_api/info"])
def test_a_host_that_is_not_this_machine_is_refused(client, host, path):
    assert client.get(path, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:7860", "localhost:9", "LOCALHOST"])
def test_this_machine_is_known_by_its_names(client, host):
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_the_pages_queue_refuses_a_request_from_a_foreign_page(client):
    joined = client.post("/gradio_api/queue/join", json={}, headers={"Host": "evil.example"})
    assert joined.status_code == 400


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.7", "apprentice.example", "::", ""])
def test_an_address_that_others_can_reach_is_refused_in_one_line(assistant, host):
    with pytest.raises(BadInput, match="users add NAME --role administrator") as told:
        server.serve(assistant, host=host, port=7860)
    assert "\n" not in str(told.value)


def test_a_port_that_is_taken_is_told_in_one_line(assistant, port):
    with pytest.raises(BadInput, match=f"port {port} is taken") as told:
        server.serve(assistant, host="127.0.0.1", port=port)
    assert "\n" not in str(told.value)
    assert "--port" in str(told.value)


def test_the_libraries_are_told_to_report_nothing_but_a_choice_already_made_stands(monkeypatch):
    import os

    for name in ("GRADIO_ANALYTICS_ENABLED", "HF_HUB_DISABLE_TELEMETRY", "ANONYMIZED_TELEMETRY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DO_NOT_TRACK", "yes")
    server.quiet_libraries()
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert os.environ["ANONYMIZED_TELEMETRY"] == "False"
    assert os.environ["DO_NOT_TRACK"] == "yes"


def test_a_run_that_is_started_here_leaves_a_core_to_the_chat_unless_it_is_told_otherwise(assistant, monkeypatch):
    import os

    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setenv("APPRENTICE_FINETUNE_THREADS", "")  # so that what is set below is taken back
    monkeypatch.delenv("APPRENTICE_FINETUNE_THREADS")
    told = assistant.settings.finetune.model_copy(update={"threads": 4})
    server._schedule(replace(assistant, settings=replace(assistant.settings, finetune=told)), threading.Event())
    assert settings.load(home=assistant.settings.home).finetune.threads is None
    server._schedule(assistant, threading.Event())
    assert settings.load(home=assistant.settings.home).finetune.threads == 3

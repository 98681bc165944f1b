"""OWASP API4:2023 and LLM10:2025, unrestricted consumption: questions, streams, uploads, forms, and sign-ins."""

import gradio as gr
import pytest
from starlette.testclient import TestClient

from assistant import server
from assistant.accounts.settings import MEGABYTE
from assistant.errors import LimitReached
from assistant.ui.chat_tab import ChatTab
from assistant.ui.documents_tab import DocumentsTab

HERE = {"Origin": "http://127.0.0.1:7860"}


@pytest.fixture
def tab(assistant):
    built = ChatTab(assistant)
    with gr.Blocks(analytics_enabled=False):
        built.build()
    return built


@pytest.fixture(scope="module")
def app(assistant):
    return server.application(assistant, "127.0.0.1", 7860)


def program(assistant, app, name, *scopes):
    _, text = assistant.store.accounts.keys.make(name, list(scopes), None)
    return TestClient(app, base_url="http://127.0.0.1:7860", headers={"Authorization": f"Bearer {text}"})


def test_who_asks_too_much_on_the_page_is_told_when_to_come_again_and_others_go_on(tab, clicks):
    def ask(name):
        with clicks(name) as request:
            updates = tab._send("Hello?", None, True, None, "", request)
            next(updates)
            updates.close()

    for _ in range(3):
        ask("ben")
    with pytest.raises(LimitReached, match="3 questions a minute is the limit here"):
        ask("ben")
    ask("eve")


def test_v1_answers_429_with_an_error_object_and_when_to_come_again(assistant, app):
    client = program(assistant, app, "ben", "chat")
    answers = [client.post("/v1/chat/completions", content=b"{}") for _ in range(4)]
    assert answers[-1].status_code == 429
    assert answers[-1].json()["error"]["code"] == "rate_limit_exceeded"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert all(answer.status_code != 429 for answer in answers[:-1])


def test_files_are_counted_by_the_day(assistant, clicks, tmp_path):
    documents = DocumentsTab(assistant)
    with gr.Blocks(analytics_enabled=False):
        documents.build()
    files = [tmp_path / f"{number}.md" for number in range(5)]
    for file in files:
        file.write_text("# A\n\nText.\n", encoding="utf-8")
    with clicks("eve"), pytest.raises(LimitReached, match="4 uploads a day"):
        documents._upload([str(file) for file in files], None, None)
    assert all(file.exists() for file in files)


def test_bytes_that_are_sent_are_counted_before_they_are_read(assistant, app):
    client = program(assistant, app, "ben", "documents:write")
    refused = client.post("/v1/documents", content=b"x" * (MEGABYTE + 1))
    assert refused.status_code == 429
    assert "megabytes" in refused.json()["error"]["message"]


def test_an_upload_that_does_not_say_how_long_it_is_is_refused(assistant, app):
    client = program(assistant, app, "ben", "documents:write")
    assert client.post("/v1/documents", content=(part for part in [b"x", b"y"])).status_code == 411


def test_a_form_that_is_too_long_to_be_one_is_not_read(app):
    client = TestClient(app, base_url="http://127.0.0.1:7860")
    client.get("/signin")
    answer = client.post("/signin", data={"name": "x" * 9000, "password": "y", "token": "z"}, headers=HERE)
    assert answer.status_code == 400
    assert "xxx" not in answer.text

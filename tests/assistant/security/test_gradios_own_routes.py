"""The page's functions, called over HTTP by their numbers: who asks counts, and not what the page shows them."""

import json

import pytest
from starlette.testclient import TestClient

from assistant import server
from assistant.turns import Turn
from tests.assistant.security.conftest import PEOPLE

ORIGIN = {"Origin": "http://127.0.0.1:7860"}


@pytest.fixture(scope="module")
def app(assistant):
    return server.application(assistant, "127.0.0.1", 7860)


@pytest.fixture(scope="module")
def opened(app):
    with TestClient(app, base_url="http://127.0.0.1:7860"):
        yield app


def browser(assistant, app, name):
    from datetime import timedelta

    client = TestClient(app, base_url="http://127.0.0.1:7860", headers=ORIGIN)
    client.cookies.set("apprentice", assistant.store.accounts.sessions.begin(name, timedelta(hours=1)))
    return client


def number(client, name, **wanted):
    """Return the number of a function, by its name and what else the page says of it."""
    found = client.get("/config").json()["dependencies"]
    return next(
        one["id"] for one in found if one["api_name"].startswith(name) and len(one["inputs"]) == wanted["inputs"]
    )


def called(client, fn, data, session):
    """Call a function by its number through the queue, and return what comes of it as text."""
    body = {"fn_index": fn, "data": data, "session_hash": session, "trigger_id": None}
    joined = client.post("/gradio_api/queue/join", json=body)
    assert joined.status_code == 200, joined.text
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        messages = [json.loads(line.removeprefix("data: ")) for line in stream.iter_lines() if line]
    return next(message for message in messages if message["msg"] == "process_completed")


def test_the_list_that_each_gets_by_the_same_call_is_their_own(assistant, opened):
    for name in ("ben", "eve"):
        assistant.store.add_conversation(f"Secret of {name}", user=name)
    for name, other in (("ben", "eve"), ("eve", "ben")):
        client = browser(assistant, opened, name)
        said = str(called(client, number(client, "_new", inputs=0), [], f"session {name}"))
        assert f"Secret of {name}" in said
        assert f"Secret of {other}" not in said


def test_a_conversation_is_not_shown_by_its_id_to_somebody_else(assistant, opened):
    conversation = assistant.store.add_conversation("Kept", user="ben").id
    assistant.store.add_turn(Turn("kept", conversation, 0, "q", "the answer to ben"))
    shown = {}
    for name in ("ben", "eve"):
        client = browser(assistant, opened, name)
        said = called(client, number(client, "opened", inputs=1), [conversation], f"opened by {name}")
        shown[name] = "the answer to ben" in str(said)
    assert shown == {"ben": True, "eve": False}


@pytest.mark.parametrize("name", ["_keep_file", "_refitted", "_roll_back"])
def test_a_function_of_a_tab_that_is_hidden_is_refused_to_a_user(assistant, opened, name):
    client = browser(assistant, opened, "ben")
    inputs = {"_keep_file": 2, "_refitted": 0, "_roll_back": 0}[name]
    message = called(client, number(client, name, inputs=inputs), ["x"] * inputs, "session")
    assert message["success"] is False
    assert "is for " in str(message["output"])


def test_each_function_over_http_knows_who_asks(assistant, opened):
    for name in PEOPLE:
        client = browser(assistant, opened, name)
        assert name in str(called(client, number(client, "_header", inputs=0), [], f"header of {name}"))


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=https://example.com/x.png",
        "/gradio_api/file=HTTP%3A%2F%2Fexample.com",
        "/gradio_api/proxy=https://x.hf.space/",
        "/gradio_api/deep_link?session_hash=x",
        "/gradio_api/runs",
        "/gradio_api/run-history/buckets",
        "/monitoring/summary",
    ],
)
def test_what_gradio_would_fetch_from_elsewhere_or_keep_of_what_is_said_is_closed_to_everybody(assistant, opened, path):
    assert browser(assistant, opened, "anna").get(path).status_code == 404


def test_the_browser_keeps_no_history_of_what_was_asked(assistant, opened):
    assert browser(assistant, opened, "anna").get("/config").json()["run_history"] is False


def test_the_answers_that_are_sent_to_a_page_are_for_who_opened_it(assistant, opened):
    ben, eve = (browser(assistant, opened, name) for name in ("ben", "eve"))
    called(ben, number(ben, "_new", inputs=0), [], "the page of ben")
    assert eve.get("/gradio_api/queue/data", params={"session_hash": "the page of ben"}).status_code == 404


@pytest.mark.parametrize(("name", "expected"), [("ben", [False, False, False]), ("rita", [False, False, True])])
def test_tabs_that_are_for_others_are_told_to_hide_and_nothing_else_of_them_changes(assistant, opened, name, expected):
    client = browser(assistant, opened, name)
    told = called(client, number(client, "partial", inputs=0), [], f"tabs of {name}")["output"]["data"]
    assert [one["visible"] for one in told] == expected
    assert all(set(one) <= {"visible", "__type__"} for one in told)

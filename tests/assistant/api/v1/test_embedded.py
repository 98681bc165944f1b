"""The programming interface over the embedded model, rails and documents as they are served."""

import json
import re

import pytest
from starlette.testclient import TestClient

from assistant import settings
from assistant.assembly import assemble
from tests.assistant.api.v1.conftest import served

pytestmark = pytest.mark.slow
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 20}, "big": {"type": "boolean"}},
    "required": ["city", "big"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with assemble(settings.load(home=tmp_path_factory.mktemp("home"))) as assistant:
        yield TestClient(served(assistant))


def ask(client, question, **fields):
    asked = {"messages": [{"role": "user", "content": question}], "knowledge": False, "max_tokens": 40} | fields
    answer = client.post("/v1/chat/completions", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_answer_follows_its_schema(client):
    form = {"type": "json_schema", "json_schema": {"name": "city", "schema": SCHEMA}}
    (choice,) = ask(client, "Name a city, and whether it is big.", response_format=form, max_tokens=80)["choices"]
    found = json.loads(choice["message"]["content"])
    assert set(found) == {"city", "big"}
    assert isinstance(found["big"], bool)


def test_an_answer_follows_its_pattern(client):
    form = {"type": "regex", "regex": "(yes|no), [a-z]{3,8}"}
    (choice,) = ask(client, "Is the sky blue?", response_format=form)["choices"]
    assert re.fullmatch("(yes|no), [a-z]{3,8}", choice["message"]["content"])


def test_a_form_that_cannot_be_is_refused(client):
    asked = {"messages": [{"role": "user", "content": "Hello?"}], "response_format": {"type": "regex", "regex": "("}}
    answer = client.post("/v1/chat/completions", json=asked)
    assert answer.status_code == 400
    assert "form" in answer.json()["error"]["message"]


def test_each_token_is_told_with_its_probability_and_the_likeliest(client):
    (choice,) = ask(client, "What is two and two?", logprobs=True, top_logprobs=3, max_tokens=5)["choices"]
    tokens = choice["logprobs"]["content"]
    assert "".join(one["token"] for one in tokens).strip() == choice["message"]["content"]
    for one in tokens:
        assert one["logprob"] <= 0
        assert len(one["top_logprobs"]) == 3
        assert bytes(one["bytes"]).decode() == one["token"]
    assert choice["finish_reason"] == "length"


def test_several_answers_to_one_question_differ(client):
    choices = ask(client, "Tell me a story.", seed=5, n=3, max_tokens=12)["choices"]
    assert len({one["message"]["content"] for one in choices}) == 3


def test_an_answer_stops_before_its_stop_string(client):
    (choice,) = ask(client, "Count: one, two, three, four.", stop=[","])["choices"]
    assert "," not in choice["message"]["content"]


def test_a_question_that_fills_the_context_is_told_so_and_the_next_is_answered(client):
    asked = {"messages": [{"role": "user", "content": "word " * 5000}], "knowledge": False}
    answer = client.post("/v1/chat/completions", json=asked)
    assert answer.status_code in (200, 400, 503)
    assert ask(client, "Hello?")["choices"][0]["message"]["content"]

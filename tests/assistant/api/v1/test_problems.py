"""Errors as OpenAI's error objects."""

import pytest

from assistant import errors
from assistant.api.v1.problems import invalid, problem
from finetune import errors as finetune
from knowledge import errors as knowledge


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.BadInput("x"), 400),
        (errors.ModelUnavailable("x"), 503),
        (errors.Busy(3), 429),
        (errors.StoreUnavailable("x"), 503),
        (knowledge.BadInput("x"), 400),
        (knowledge.UnsupportedFormat("x"), 415),
        (knowledge.UnreadableFile("x"), 400),
        (knowledge.IndexUnavailable("x"), 503),
        (finetune.BadInput("x"), 400),
        (finetune.ModelUnavailable("x"), 503),
        (finetune.NoRoom("x"), 503),
        (ValueError("x"), 500),
    ],
)
def test_each_error_of_ours_has_its_status(error, status):
    found = problem(error)
    assert found.status == status
    assert set(found.body["error"]) == {"message", "type", "param", "code"}


def test_an_error_of_ours_keeps_its_words_and_no_other_does():
    assert problem(errors.BadInput("do this")).message == "do this"
    assert "secret" not in problem(KeyError("secret")).message


def test_a_field_that_will_not_do_is_named_and_what_it_held_is_not_repeated():
    told = {"loc": ("body", "messages", 0, "user", "content"), "msg": "Input should be a string", "input": "secret"}
    found = invalid([told])
    assert found.param == "messages.0.content"
    assert "secret" not in found.message


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nothing", 404), ("GET", "/v1/chat/completions", 405), ("PUT", "/v1/models", 405)],
)
def test_what_is_not_there_is_told_in_an_error_object(api, method, path, status):
    answer = api().client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "[" * 100_000, '{"messages": 1' + "0" * 5000 + "}"])
def test_a_body_that_is_no_request_is_told_in_an_error_object(api, body):
    answer = api().client.post("/v1/chat/completions", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert "\n" not in answer.json()["error"]["message"]


@pytest.mark.parametrize("body", ["", "{", "[1", "nothing"])
def test_a_body_that_is_no_json_is_told_to_be_one(api, body):
    answer = api().client.post("/v1/chat/completions", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "not_json"
    assert "JSON object" in answer.json()["error"]["message"]

"""Answers as server-sent events."""

import json

from assistant.errors import ModelUnavailable
from assistant.guardrails.rails import Rails
from tests.assistant.doubles import Forbids, SpokenModel


def chunks(answer):
    """Return the rows of a stream; its last line must be the end."""
    lines = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: ")]
    assert lines[-1] == "[DONE]"
    return [json.loads(line) for line in lines[:-1]]


def content(rows, index=0):
    choices = [choice for row in rows for choice in row["choices"] if choice["index"] == index]
    return "".join(choice["delta"].get("content") or "" for choice in choices)


def test_a_stream_is_openais_chunks_with_the_role_first_and_the_reason_last(api):
    answer = api("Good morning to you all, my dear friends.").post(stream=True)
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    rows = chunks(answer)
    assert {row["object"] for row in rows} == {"chat.completion.chunk"}
    assert len({row["id"] for row in rows}) == 1
    assert rows[0]["choices"][0]["delta"]["role"] == "assistant"
    assert [row["choices"][0]["finish_reason"] for row in rows] == [None] * (len(rows) - 1) + ["stop"]
    assert content(rows) == "Good morning to you all, my dear friends."
    assert len(rows) > 3


def test_the_last_chunk_holds_the_citations_and_the_answer_with_its_markers_right(api):
    rows = chunks(api("It is 25 days a year.").post("How many days of annual leave are there?", knowledge=True,
                                                    stream=True))  # fmt: skip
    last = rows[-1]["choices"][0]["delta"]
    assert last["answer"] == "It is 25 days a year [1]."
    assert last["citations"][0]["title"] == "Leave"
    assert last["turn_id"]


def test_what_was_not_written_by_the_model_is_streamed_too(api):
    rows = chunks(api().post("Who won the football match of 1966?", knowledge=["default"], stream=True))
    assert content(rows) == "The documents do not hold the answer to this."


def test_a_withdrawn_answer_ends_with_its_refusal(api):
    rails = Rails((), (Forbids("swordfish"),))
    rows = chunks(api("A long answer that comes to the word swordfish.", rails=rails).post(stream=True))
    last = rows[-1]["choices"][0]
    assert last["finish_reason"] == "content_filter"
    assert last["delta"]["refusal"] == "That word is not allowed."
    assert "answer" not in last["delta"]
    assert "swordfish" not in content(rows)


def test_the_usage_is_a_last_chunk_without_choices_where_it_is_asked_for(api):
    rows = chunks(api("One two.").post(stream=True, stream_options={"include_usage": True}))
    assert rows[-1]["choices"] == []
    assert rows[-1]["usage"]["completion_tokens"] == 2
    assert all("usage" not in row for row in rows[:-1])


def test_several_answers_are_streamed_by_their_numbers(api):
    rows = chunks(api("One.", "Two.").post(stream=True, n=2))
    assert (content(rows, 0), content(rows, 1)) == ("One.", "Two.")


def test_what_goes_wrong_before_the_first_word_has_a_status_of_its_own(api):
    assert api(ModelUnavailable("it is away")).post(stream=True).status_code == 503
    assert api().post(stream=True, model="none").status_code == 404


class Breaking(SpokenModel):
    """Breaks in the middle of an answer."""

    def stream(self, messages, **how):
        for number, piece in enumerate(super().stream(messages, **how)):
            if number == 30:
                raise ModelUnavailable("the memory is full: ask again")
            yield piece


def test_what_goes_wrong_in_the_middle_is_the_last_event(api):
    answer = api(model=Breaking(["word " * 100])).post(stream=True)
    assert answer.status_code == 200
    *_, last = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    assert json.loads(last.removeprefix("data: "))["error"]["message"] == "the memory is full: ask again"
    assert "[DONE]" not in answer.text

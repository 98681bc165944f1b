"""The official client, unchanged, against the whole server: page, guards and all."""

import re
import threading
import time

import openai
import pytest

from assistant.turns import Turn

HELLO = [{"role": "user", "content": "Hello?"}]


@pytest.fixture
def client(live):
    live.model.answers, live.model.pause = ["Good morning to you."], 0.0
    live.model.asked.clear()
    with openai.OpenAI(base_url=live.url, api_key="none", max_retries=0) as opened:
        yield opened


def test_it_chats(client):
    told = client.chat.completions.create(model="apprentice", messages=HELLO, extra_body={"knowledge": False})
    assert told.choices[0].message.content == "Good morning to you."
    assert told.choices[0].finish_reason == "stop"
    assert told.usage.completion_tokens == 4


def test_it_reads_citations_as_extra_fields(client, live):
    live.model.answers = ["It is 25 days a year [1]."]
    asked = [{"role": "user", "content": "How many days of annual leave are there?"}]
    message = client.chat.completions.create(model="apprentice", messages=asked).choices[0].message
    assert message.citations[0]["title"] == "Leave"
    assert message.model_extra["abstained"] is False


def test_it_streams(client, live):
    live.model.answers = ["one two three four five six seven eight nine ten " * 3]
    parts = client.chat.completions.create(
        model="apprentice", messages=HELLO, stream=True, stream_options={"include_usage": True},
        extra_body={"knowledge": False},
    )  # fmt: skip
    chunks = list(parts)
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text.split() == live.model.answers[0].split()
    assert chunks[-1].usage.completion_tokens == 30
    assert chunks[-2].choices[0].delta.turn_id


def test_its_stream_that_is_closed_stops_the_model_and_what_was_written_is_kept(client, live):
    live.model.answers, live.model.pause = ["word " * 1000], 0.01
    parts = client.chat.completions.create(
        model="apprentice", messages=HELLO, stream=True, extra_body={"knowledge": False}
    )
    for _ in range(5):
        next(parts)
    parts.close()
    _until(lambda: live.model.asked[-1].closed)
    turn = _kept(live)
    assert turn.stopped is True
    assert 0 < len(turn.answer.split()) < 500


def test_its_request_that_is_given_up_stops_the_model(client, live):
    live.model.answers, live.model.pause = ["word " * 1000], 0.01
    with pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(model="apprentice", messages=HELLO, timeout=0.5, extra_body={"knowledge": False})
    _until(lambda: live.model.asked[-1].closed)
    assert len(_kept(live).answer.split()) < 500


def test_it_asks_for_several_answers_with_a_seed_and_stop_strings(client, live):
    told = client.chat.completions.create(
        model="apprentice", messages=HELLO, n=2, seed=7, stop=["\n\n"], temperature=0.5, max_tokens=50,
        extra_body={"knowledge": False},
    )  # fmt: skip
    assert len(told.choices) == 2
    assert [one.sampling.seed for one in live.model.asked] == [7, 8]


def test_it_asks_for_a_form(client, live):
    live.model.answers = ['{"ok": true}']
    told = client.chat.completions.create(model="apprentice", messages=HELLO, response_format={"type": "json_object"})
    assert told.choices[0].message.content == '{"ok": true}'


def test_it_lists_models_and_finds_one(client):
    assert [one.id for one in client.models.list()][:2] == ["apprentice", "tiny"]
    assert client.models.retrieve("apprentice").owned_by == "apprentice"


def test_it_embeds(client):
    told = client.embeddings.create(model="apprentice-embeddings", input=["annual leave", "a car"])
    assert [len(one.embedding) for one in told.data] == [384, 384]


def test_it_raises_its_own_errors(client):
    with pytest.raises(openai.NotFoundError, match="no model 'gpt-4o'"):
        client.chat.completions.create(model="gpt-4o", messages=HELLO)
    with pytest.raises(openai.BadRequestError, match="tools") as told:
        client.chat.completions.create(model="apprentice", messages=HELLO, tools=[{"type": "function"}])
    assert told.value.param == "tools"


def test_it_raises_an_error_in_the_middle_of_a_stream(client, live):
    from assistant.errors import ModelUnavailable

    def breaking(messages, **how):
        yield from re.findall(r"\S+\s*", "word " * 40)
        raise ModelUnavailable("the memory is full")

    live.model.stream = breaking
    try:
        parts = client.chat.completions.create(
            model="apprentice", messages=HELLO, stream=True, extra_body={"knowledge": False}
        )
        with pytest.raises(openai.APIError, match="the memory is full"):
            list(parts)
    finally:
        del live.model.stream


def test_many_may_ask_at_once_and_each_gets_their_own_answer(client, live):
    live.model.pause = 0.005

    def echo(messages, **how):
        for piece in re.findall(r"\S+\s*", f"{messages[-1]['content']} " * 10):
            time.sleep(0.002)
            yield piece

    live.model.stream = echo
    told = {}

    def ask(number):
        asked = [{"role": "user", "content": f"number{number}"}]
        message = client.chat.completions.create(model="apprentice", messages=asked, extra_body={"knowledge": False})
        told[number] = message.choices[0].message.content

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    finally:
        del live.model.stream
    assert all(set(told[number].split()) == {f"number{number}"} for number in range(12))


def _until(there, seconds=10):
    deadline = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _kept(live) -> Turn:
    """Wait for the last turn to be stored."""
    conversation = live.store.conversations("api")[0].id
    newest = []

    def there():
        newest[:] = live.store.turns(conversation)
        return bool(newest)

    _until(there)
    return newest[-1]

"""A model behind an OpenAI-compatible server."""

import threading
import time

import pytest

from assistant.errors import ModelUnavailable
from assistant.model.remote import FAILURES, RemoteModel
from assistant.turns import Message, Sampling
from tests.assistant.model.spoken_server import SpokenServer

ASKED = (Message(role="user", content="good morning"),)
GREEDY = Sampling(max_new_tokens=12)
CHAT = "/v1/chat/completions"


@pytest.fixture
def server():
    spoken = SpokenServer()
    yield spoken
    spoken.close()


@pytest.fixture
def model(server):
    made = RemoteModel(server.url, "spoken", context=4096, key="secret", timeout=5)
    made._client.max_retries = 0  # the client waits before it tries again
    return made


def answer(model, *, adapter=None, sampling=GREEDY, stop=None):
    return "".join(model.stream(ASKED, adapter=adapter, sampling=sampling, stop=stop))


def test_the_answer_comes_in_the_servers_pieces(model):
    assert list(model.stream(ASKED, adapter=None, sampling=GREEDY)) == ["Good ", "morning.", ""]


def test_messages_sampling_and_key_are_sent(model, server):
    answer(model, sampling=Sampling(temperature=0.7, top_p=0.9, max_new_tokens=5, seed=3, stop=("\n",)))
    [sent] = server.bodies(CHAT)
    assert sent["messages"] == [{"role": "user", "content": "good morning"}]
    assert [sent[key] for key in ("model", "temperature", "top_p", "max_tokens", "seed", "stop", "key")] == [
        "spoken", 0.7, 0.9, 5, 3, ["\n"], "Bearer secret",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "wants another key"),
        (404, "has no model spoken"),
        (429, "is busy"),
        (400, "refused the question"),
        (500, "refused the question"),
    ],
)
def test_what_the_server_refuses_is_said_in_one_line(model, server, status, said):
    server.says = status
    with pytest.raises(ModelUnavailable, match=said) as told:
        answer(model)
    assert server.url in str(told.value)
    assert "\n" not in str(told.value)


def test_a_server_that_is_tried_again_and_answers_then_costs_nobody_an_answer(server):
    patient = RemoteModel(server.url, "spoken", context=4096)
    server.says = 503
    threading.Timer(0.2, lambda: setattr(server, "says", ["Good."])).start()
    assert answer(patient) == "Good."


def test_an_answer_that_breaks_off_is_told_after_what_came(model, server):
    server.breaks = True
    stream = model.stream(ASKED, adapter=None, sampling=GREEDY)
    assert next(stream) == "Good "
    with pytest.raises(ModelUnavailable, match="broke off"):
        list(stream)


def test_a_reader_who_stops_has_the_beginning_and_the_server_is_free(model, server):
    server.says, server.pause = ["word "] * 1000, 0.02
    stop = threading.Event()
    stream = model.stream(ASKED, adapter=None, sampling=GREEDY, stop=stop)
    assert next(stream) == "word "
    stop.set()
    assert len(list(stream)) < 5
    assert server.left.wait(5)


def test_a_reader_who_leaves_frees_the_server(model, server):
    server.says, server.pause = ["word "] * 1000, 0.02
    stream = model.stream(ASKED, adapter=None, sampling=GREEDY)
    next(stream)
    stream.close()
    assert server.left.wait(5)


def test_a_reader_may_stop_before_the_first_word(model, server):
    server.says, server.pause = ["", *["word "] * 3], 0.5
    stop = threading.Event()
    threading.Timer(0.1, stop.set).start()
    began = time.monotonic()
    assert answer(model, stop=stop) == ""
    assert time.monotonic() - began < 0.5


def test_a_server_that_is_away_is_told_and_then_left_alone(model, server):
    server.close()
    for _ in range(FAILURES):
        with pytest.raises(ModelUnavailable, match="cannot be reached"):
            answer(model)
    assert model.away
    with pytest.raises(ModelUnavailable, match="asked again in"):
        answer(model)


def test_what_is_wrong_with_a_question_does_not_close_the_server_to_others(model, server):
    server.says = 400
    for _ in range(FAILURES + 1):
        with pytest.raises(ModelUnavailable, match="refused"):
            answer(model)
    server.says = ["Fine."]
    assert answer(model) == "Fine."


def test_an_adapter_is_loaded_once_and_asked_for_by_name(model, server, make_adapter):
    folder = make_adapter("kind")
    answer(model, adapter=("kind", folder)), answer(model, adapter=("kind", folder)), answer(model)
    [loaded] = server.bodies("/v1/load_lora_adapter")
    assert loaded["lora_path"] == str(folder)
    assert [sent["model"] for sent in server.bodies(CHAT)] == [loaded["lora_name"]] * 2 + ["spoken"]


def test_a_server_that_loads_no_adapters_says_how_it_would(model, server, make_adapter):
    server.loads = 404, "Not Found"
    with pytest.raises(ModelUnavailable, match=r"the adapter kind \(.*Not Found.*--enable-lora"):
        answer(model, adapter=("kind", make_adapter("kind")))
    assert answer(model) == "Good morning."


def test_an_adapter_that_another_process_had_loaded_already_is_used(model, server, make_adapter):
    server.loads = 400, "The lora adapter 'kind' has already been loaded."
    assert answer(model, adapter=("kind", make_adapter("kind"))) == "Good morning."


def test_tokens_are_counted_by_the_server_where_it_can(model, server):
    server.counts = 7
    assert model.count(ASKED) == 7
    assert server.bodies("/tokenize")[0]["messages"] == [{"role": "user", "content": "good morning"}]


def test_elsewhere_tokens_are_estimated_too_high_and_the_server_is_not_asked_again(model, server):
    assert [model.count(ASKED), model.count(ASKED)] == [12, 12]
    assert len(server.bodies("/tokenize")) == 1


def test_the_context_is_the_servers_where_that_is_shorter(model, server):
    server.models[0]["max_model_len"] = 2048
    assert model.context == 2048


def test_a_server_that_does_not_tell_its_context_has_the_one_that_was_set(model):
    assert model.context == 4096

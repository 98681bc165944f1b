"""What is counted while people ask."""

import pytest

from assistant.metrics import Metrics
from assistant.turns import Rating
from tests.assistant.doubles import Forbids, Says, passage

QUESTION = "Where does Ada Lovelace keep her bicycle?"


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"apprentice_{name}", labels)


def test_an_answer_is_counted_with_its_tokens_and_times(chat):
    one = chat("In the cellar of the house.")
    one.ask(QUESTION)
    metrics = one.engine.metrics
    assert value(metrics, "answers_total", outcome="answered") == 1
    assert value(metrics, "tokens_total") == 6
    assert value(metrics, "first_token_seconds_count") == value(metrics, "answer_seconds_count") == 1
    assert value(metrics, "tokens_per_second_count") == 1


def test_what_becomes_of_an_answer_is_told_apart(chat):
    refused = chat(output_rails=[Forbids("bomb")], input_rails=[Forbids("bomb")])
    refused.ask("How do I build a bomb?")
    assert value(refused.engine.metrics, "answers_total", outcome="refused") == 1
    assert value(refused.engine.metrics, "rails_total", rail="forbids", action="refuse", side="input") == 1
    unknown = chat(passages=[passage(1, "The moon is round.", similarity=0.01)])
    unknown.ask(QUESTION)
    assert value(unknown.engine.metrics, "answers_total", outcome="abstained") == 1


def test_a_reader_who_leaves_is_counted_and_no_stream_stays_open(chat):
    one = chat("One two three four five six seven eight nine ten eleven twelve thirteen fourteen.")
    events = one.engine.reply(one.conversation, QUESTION)
    next(events)
    assert value(one.engine.metrics, "open_streams") == 1
    events.close()
    assert value(one.engine.metrics, "open_streams") == 0
    assert value(one.engine.metrics, "answers_total", outcome="left") == 1


def test_an_answer_that_fails_is_counted_by_its_kind_of_error(chat):
    one = chat(ZeroDivisionError("about Ada"))
    with pytest.raises(ZeroDivisionError):
        one.ask(QUESTION)
    assert value(one.engine.metrics, "errors_total", kind="ZeroDivisionError") == 1
    assert value(one.engine.metrics, "answers_total", outcome="failed") == 1
    assert value(one.engine.metrics, "open_streams") == 0


def test_the_stages_of_an_answer_are_timed(chat):
    one = chat("In the cellar [1].", passages=[passage(1, "Bicycles are kept in the cellar.")])
    one.ask(QUESTION)
    for stage in ("rails in", "retrieval", "prompt", "model", "rails out", "store"):
        assert value(one.engine.metrics, "stage_seconds_count", stage=stage) == 1, stage


def test_ratings_are_counted_and_the_share_of_good_ones_is_that_of_the_store(chat):
    one = chat("Fine.")
    one.engine.metrics.opinions(one.store.counts)
    for thumb in ("up", "up", "up", "down"):
        one.engine.rate(one.ask(QUESTION).id, Rating(thumb))
    one.engine.rate(one.ask(QUESTION).id, None)
    assert value(one.engine.metrics, "ratings_total", thumb="up") == 3
    assert value(one.engine.metrics, "like_ratio") == 0.75


def test_what_the_model_does_is_looked_up_when_it_is_asked_for():
    metrics, counts, waiting = Metrics(), {"prompt_tokens": 1}, [0]
    metrics.work(lambda: waiting[0], lambda: counts)
    metrics.waited(0.2)
    counts["prompt_tokens"], waiting[0] = 70, 3
    assert value(metrics, "queue_length") == 3
    assert value(metrics, "model_prompt_tokens_total") == 70
    assert value(metrics, "queue_seconds_count") == 1


def test_no_word_that_people_wrote_and_no_name_is_in_the_metrics(chat):
    one = chat("In the cellar.", input_rails=[Says("flag")])
    one.ask(QUESTION, user="grace")
    written = one.engine.metrics.written().decode()
    assert "process_resident_memory_bytes" in written
    assert not any(word in written for word in ("Lovelace", "bicycle", "cellar", "grace"))

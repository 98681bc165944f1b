import pytest

from assistant.errors import ModelUnavailable
from assistant.guardrails.guards.reading import likelihood, plain, render, stretches
from tests.assistant.guardrails.guards.conftest import LLAMA_GUARD, STRING

SAFE = {"": "noon", "\n\n": "safe"}


@pytest.fixture(scope="module")
def guard(llama_guard):
    return llama_guard(SAFE)


def test_a_short_text_is_one_stretch_and_an_empty_one_none(guard):
    assert stretches(guard, "safe unsafe", 20) == [(0, 11)]
    assert stretches(guard, " \n", 20) == []


@pytest.mark.parametrize("count", [21, 40, 55, 100, 301])
def test_every_word_of_a_long_text_stands_in_a_stretch_with_its_neighbours(guard, count):
    text = " ".join(f"w{n}" for n in range(count))
    cut = [text[a:b] for a, b in stretches(guard, text, 20)]
    assert all(len(guard.tokenizer(one)["input_ids"]) <= 20 for one in cut)
    for n in range(count - 1):
        assert any(f"w{n} w{n + 1}" in one for one in cut)


def test_the_stretches_of_a_growing_text_stay_what_they_were_but_for_the_last(guard):
    text = " ".join(f"w{n}" for n in range(200))
    whole, grown = stretches(guard, text, 40), stretches(guard, text[:500], 40)
    assert len(grown) > 3
    assert grown[:-1] == whole[: len(grown) - 1]


def test_marks_of_the_tokenizer_are_taken_apart(guard):
    assert plain(guard, "a <|eot_id|> b") == "a < |eot_id|> b"
    assert plain(guard, "a < b | c") == "a < b | c"


def test_a_template_that_hides_the_message_is_no_guard(llama_guard):
    blind = llama_guard(SAFE, "{{ message['nothing'] }}")
    with pytest.raises(ModelUnavailable, match="shows no message"):
        render(blind, [{"role": "user", "content": "Hello there"}])


def test_a_model_that_gives_no_verdict_is_told_of(llama_guard):
    silent = llama_guard({"": "noon"})
    prompt = render(silent, [{"role": "user", "content": "Hello there"}])
    with pytest.raises(ModelUnavailable, match="gives no verdict"):
        likelihood(silent, prompt, (["unsafe"], ["safe"]), steps=3)


def test_the_template_of_the_tests_is_whole():
    assert LLAMA_GUARD.count("@@") == 1
    assert "message" in STRING

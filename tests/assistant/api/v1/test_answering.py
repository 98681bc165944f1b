"""Conversations, models and several answers."""

import threading

from assistant.errors import TooLong
from assistant.turns import Pin
from finetune.registry import Card
from tests.assistant.doubles import SpokenModel


def said(*messages):
    return [{"role": role, "content": content} for role, content in messages]


def test_several_answers_are_siblings_of_which_the_first_is_shown(api):
    asked = api("One.", "Two.", "Three.")
    told = asked.ask(n=3)
    assert [choice["index"] for choice in told["choices"]] == [0, 1, 2]
    first = told["choices"][0]["message"]
    assert first["content"] == "One."
    assert {choice["message"]["content"] for choice in told["choices"]} == {"One.", "Two.", "Three."}
    ((shown, ids),) = asked.assistant.store.siblings(first["conversation_id"])
    assert shown.id == first["turn_id"]
    assert set(ids) == {choice["message"]["turn_id"] for choice in told["choices"]}
    assert told["usage"]["completion_tokens"] == 3


def test_answers_after_the_first_are_sampled_anew_but_as_warm_as_asked(api):
    asked = api()
    asked.ask(n=2)
    first, second = (one.sampling for one in asked.model.asked)
    assert (first.temperature, second.temperature) == (0.0, 0.8)
    assert second.seed != first.seed
    asked.ask(n=2, temperature=0)
    assert asked.model.asked[-1].sampling.temperature == 0


def test_a_conversation_of_a_program_is_not_in_the_pages_list(api):
    asked = api()
    conversation = asked.message()["conversation_id"]
    store = asked.assistant.store
    assert conversation in [one.id for one in store.conversations("api")]
    assert conversation not in [one.id for one in store.conversations()]


def test_a_conversation_goes_on_where_it_was(api):
    asked = api("Hello Ann.")
    first = asked.message("I am Ann.")
    second = asked.message("Who am I?", conversation_id=first["conversation_id"])
    assert second["conversation_id"] == first["conversation_id"]
    assert [one["content"] for one in asked.prompt[1:]] == ["I am Ann.", "Hello Ann.", "Who am I?"]


def test_a_client_that_sends_all_again_with_its_conversation_is_not_heard_twice(api):
    asked = api("Hello Ann.")
    conversation = asked.message("I am Ann.")["conversation_id"]
    again = said(("user", "I am Ann."), ("assistant", "Hello Ann."), ("user", "Who am I?"))
    asked.ask(messages=again, conversation_id=conversation)
    assert [one["content"] for one in asked.prompt[1:]] == ["I am Ann.", "Hello Ann.", "Who am I?"]


def test_questions_of_one_conversation_that_come_at_once_are_answered_one_after_the_other(api):
    asked = api("Good morning to you all.")
    conversation = asked.message()["conversation_id"]
    threads = [
        threading.Thread(target=asked.message, args=(f"Number {one}?",), kwargs={"conversation_id": conversation})
        for one in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [turn.position for turn in asked.assistant.store.turns(conversation)] == list(range(7))


def test_a_conversation_of_the_page_cannot_be_gone_on_with(api):
    asked = api()
    ours = asked.assistant.store.add_conversation().id
    for conversation in (ours, "nothing"):
        answer = asked.post(conversation_id=conversation)
        assert answer.status_code == 404
        assert answer.json()["error"]["param"] == "conversation_id"


def test_a_model_that_is_not_there_is_not_found(api):
    answer = api().post(model="gpt-4o")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "model_not_found"


def test_the_base_and_an_adapter_are_asked_by_name(api, make_adapter):
    asked = api()
    registry = asked.assistant.registry
    base = asked.assistant.engine.serving.base
    registry.add("polite", make_adapter("polite"), Card(base=base, method="dpo"))
    try:
        assert asked.message(model="tiny:polite")["adapter"] == "polite"
        registry.promote("polite")
        assert asked.message()["adapter"] == "polite"
        first = asked.message(model="tiny")
        assert first["adapter"] is None
        assert asked.assistant.store.pinned(first["conversation_id"]) == Pin(None)
        assert asked.message(conversation_id=first["conversation_id"])["adapter"] == "polite"
    finally:
        registry.rollback()
        registry.remove("polite")


def test_a_prompt_that_fills_the_context_is_the_requests_fault(api):
    full = SpokenModel([TooLong(20)], context=20)
    answer = api(model=full).post("word " * 30)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "context_length_exceeded"


def test_the_best_of_several_needs_a_reward_model_and_says_so(api):
    answer = api().post(best_of=2)
    assert answer.status_code == 400
    assert "reward" in answer.json()["error"]["message"]

"""What answers: the pinned adapter, the candidate of a trial for some, or what serves everybody."""

import pytest

from assistant.errors import BadInput
from assistant.serving import Serving
from assistant.trials import Trials
from assistant.turns import Pin, Rating
from finetune import trialing
from finetune.registry import Card, Registry
from tests.assistant.doubles import Forbids, passage

CELLAR = "Bicycles are kept in the cellar. The code of its door is changed every 45 days."


@pytest.fixture
def registry(tmp_path):
    folder = tmp_path / "trained"
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")
    registry = Registry(tmp_path / "home" / "adapters")
    for name in ("first", "second"):
        registry.add(name, folder, Card(base="spoken", method="kto", digest="d1"))
    registry.add("judge", folder, Card(base="spoken", method="reward"))
    registry.promote("first")
    return registry


@pytest.fixture
def trials(registry, store):
    return Trials(registry, store, lambda: 0.45)


@pytest.fixture
def serving(registry, store, trials):
    return Serving(registry, store, trials, "spoken", lambda: "d1")


def adapters(chat, users, **wishes):
    """Who got which adapter, each in a conversation of their own."""
    found = {}
    for user in users:
        chat.conversation = chat.store.add_conversation().id
        found[user] = chat.ask("Hello?", user=user, documents=False, **wishes).adapter
    return found


# Pins


def test_a_pinned_conversation_is_answered_by_its_adapter_whatever_serves(chat, serving, registry):
    one = chat(serving=serving)
    one.engine.pin(one.conversation, Pin("second"))
    assert one.ask("Hello?").adapter == "second"
    registry.rollback()
    assert one.ask("Hello?").adapter == "second"
    assert one.model.asked[-1].adapter[0] == "second"
    one.engine.pin(one.conversation, None)
    assert one.ask("Hello?").adapter is None


def test_a_conversation_may_be_pinned_to_the_base(chat, serving):
    one = chat(serving=serving)
    one.engine.pin(one.conversation, Pin(None))
    assert one.ask("Hello?").adapter is None
    assert one.store.conversations()[0].pin == Pin(None)


def test_where_the_pinned_adapter_is_gone_what_serves_answers_and_the_reader_is_told(chat, serving, registry):
    one = chat(serving=serving)
    one.engine.pin(one.conversation, Pin("second"))
    registry.remove("second")
    turn = one.ask("Hello?")
    assert turn.adapter == "first"
    assert "pinned to the adapter second, which is gone" in turn.notice
    assert "the adapter first answered instead" in turn.notice


@pytest.mark.parametrize(("name", "problem"), [("nobody", "no adapter nobody"), ("judge", "scores answers")])
def test_what_cannot_answer_cannot_be_pinned(chat, serving, name, problem):
    one = chat(serving=serving)
    with pytest.raises(BadInput, match=problem):
        one.engine.pin(one.conversation, Pin(name))


def test_a_conversation_that_is_gone_cannot_be_pinned(chat, serving):
    with pytest.raises(BadInput, match="no longer there"):
        chat(serving=serving).engine.pin("gone", Pin("first"))


def test_an_adapter_for_another_model_of_the_same_name_never_answers(chat, registry, store, trials):
    other = Serving(registry, store, trials, "spoken", lambda: "d2")
    one = chat(serving=other)
    assert one.ask("Hello?").adapter is None
    with pytest.raises(BadInput, match="another model"):
        one.engine.pin(one.conversation, Pin("second"))


def test_what_the_base_is_made_of_is_asked_again_until_it_is_known(registry, store, trials):
    asked = iter([None, "d1", "never asked"])
    serving = Serving(registry, store, trials, "spoken", lambda: next(asked))
    assert [serving.digest() for _ in range(3)] == [None, "d1", "d1"]


# Trials


def test_a_share_of_the_people_gets_the_candidate_and_keeps_it(chat, serving, registry):
    one = chat(serving=serving)
    trialing.start(registry, "second", trialing.Wanted(0.5))
    people = [f"user {number}" for number in range(30)]
    first = adapters(one, people)
    assert set(first.values()) == {"first", "second"}
    assert adapters(one, people) == first


def test_after_a_trial_everybody_gets_what_serves(chat, serving, registry):
    one = chat(serving=serving)
    trialing.start(registry, "second", trialing.Wanted(0.5))
    trialing.stop(registry)
    assert set(adapters(one, [f"user {number}" for number in range(10)]).values()) == {"first"}


def test_a_pinned_conversation_takes_no_part_in_a_trial(chat, serving, registry, trials):
    one = chat(serving=serving)
    trial = trialing.start(registry, "second", trialing.Wanted(0.5))
    one.engine.pin(one.conversation, Pin("second"))
    one.ask("Hello?")
    assert sum(arm.answers for arm in trials.arms(trial.id).values()) == 0


def test_a_candidate_that_does_not_fit_the_model_is_given_to_nobody(chat, registry, store, trials):
    one = chat(serving=Serving(registry, store, trials, "spoken", lambda: "d2"))
    trialing.start(registry, "second", trialing.Wanted(0.5))
    assert set(adapters(one, [f"user {number}" for number in range(10)]).values()) == {None}


def test_what_comes_of_answers_is_counted_on_their_side(chat, serving, registry, trials):
    trial = trialing.start(registry, "second", trialing.Wanted(0.5))
    good = chat(
        "Bicycles are kept in the cellar [1]. Elephants swim well.", passages=[passage(1, CELLAR)], serving=serving
    )
    turn = good.ask("Where are bicycles kept?", user="ben")
    good.engine.rate(turn.id, Rating("up"))
    side = "candidate" if turn.adapter == "second" else "current"
    arm = trials.arms(trial.id)[side]
    assert (arm.answers, arm.likes.hits, arm.unsupported.hits, arm.unsupported.count) == (1, 1, 1, 2)


def test_refusals_and_errors_are_counted_and_questions_refused_are_not(chat, serving, registry, trials):
    trial = trialing.start(registry, "second", trialing.Wanted(0.5))
    chat("First mix the bomb.", output_rails=[Forbids("bomb")], serving=serving).ask("How?", user="ben")
    with pytest.raises(RuntimeError):
        chat(RuntimeError("broken"), serving=serving).ask("How?", user="ben")
    chat(input_rails=[Forbids("bomb")], serving=serving).ask("How do I build a bomb?", user="ben")
    arms = trials.arms(trial.id).values()
    assert sum(arm.answers for arm in arms) == 2
    assert (sum(arm.refusals.hits for arm in arms), sum(arm.errors.hits for arm in arms)) == (1, 1)


def test_a_trial_that_cannot_be_followed_costs_nobody_their_answer(chat, serving, registry, caplog):
    trialing.start(registry, "second")
    (registry.folder / "trial.json").mkdir()
    assert chat("Hello.", serving=serving).ask("Hello?").answer == "Hello."
    assert "could not be followed" in caplog.text

"""A trial ends by itself when the evidence decides, and the log tells of it."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from assistant.store.audit import Wanted
from assistant.store.outcomes import Outcome
from assistant.trials import Trials
from assistant.turns import Rating, Turn
from finetune import trialing
from finetune.errors import BadInput
from finetune.registry import Card, Registry


@pytest.fixture
def registry(tmp_path):
    folder = tmp_path / "trained"
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")
    registry = Registry(tmp_path / "home" / "adapters")
    for name in ("first", "second"):
        registry.add(name, folder, Card(base="spoken", method="kto"))
    registry.promote("first")
    return registry


@pytest.fixture
def trials(registry, store):
    return Trials(registry, store, lambda: 0.45)


@pytest.fixture
def trial(trials):
    return trials.start("second", trialing.Wanted(0.5), "anna", base="spoken", digest=None)


def answer(store, trial, side, number, *, thumb=None, **other):
    """Keep one answer of one person."""
    turn_id = f"{side}{number}"
    conversation = store.add_conversation().id
    store.add_turn(Turn(turn_id, conversation, 0, "?", "Yes."))
    store.outcomes.add(Outcome(trial.id, f"person {side} {number}", side, turn_id, **other))
    if thumb:
        store.rate(turn_id, Rating(thumb))


def logged(store):
    return [(row.rule, row.adapter, row.user) for row in store.audit.rows(Wanted(stage="review"))]


def test_without_a_trial_there_is_nothing_to_judge(trials):
    assert trials.judge() is None


def test_a_trial_without_evidence_goes_on_and_its_figures_can_be_read(trials, trial, registry, store):
    answer(store, trial, "current", 0, thumb="up")
    assert trials.judge() is None
    assert registry.pointer().trial == trial
    assert trialing.as_json(registry)["standing"]["current"]["ups"] == 1


def test_a_better_candidate_is_promoted_by_itself_and_the_log_says_so(trials, trial, registry, store):
    for number in range(40):
        answer(store, trial, "current", number, thumb="up" if number % 2 else "down")
        answer(store, trial, "candidate", number, thumb="up")
    assert trials.judge().how == "promoted"
    assert registry.active().name == "second"
    assert logged(store) == [("trial: started", "second", "anna"), ("trial: promoted", "second", None)]
    assert store.audit.check().broken is None


def test_a_candidate_that_does_harm_is_flagged_by_itself(trials, trial, registry, store):
    for number in range(30):
        answer(store, trial, "current", number)
        answer(store, trial, "candidate", number, refused=True)
    assert trials.judge().flagged
    assert "refused by the output rails" in registry.get("second").reason
    assert logged(store)[-1] == ("trial: flagged", "second", None)


def test_of_many_who_judge_at_once_one_ends_the_trial(registry, store, trial):
    for number in range(40):
        answer(store, trial, "current", number, thumb="down")
        answer(store, trial, "candidate", number, thumb="up")
    with ThreadPoolExecutor(6) as pool:
        ended = list(pool.map(lambda _: Trials(registry, store, lambda: 0.45).judge(), range(6)))
    assert sum(one is not None for one in ended) == 1
    assert [rule for rule, _, _ in logged(store)] == ["trial: started", "trial: promoted"]
    assert registry.rollback().name == "first"


def test_a_trial_that_cannot_be_started_is_not_logged(trials, trial, store):
    with pytest.raises(BadInput, match="second is on trial"):
        trials.start("first", trialing.Wanted(), None, base="spoken", digest=None)
    assert [rule for rule, _, _ in logged(store)] == ["trial: started"]


def test_who_stopped_a_trial_is_logged(trials, trial, registry, store):
    assert trials.stop("anna").how == "stopped"
    assert logged(store)[-1] == ("trial: stopped", "second", "anna")
    with pytest.raises(BadInput, match="no trial is on"):
        trials.stop("anna")


def test_neither_figures_nor_outcomes_name_anybody(trials, trial, registry, store, tmp_path):
    place = trials.place("ben the butcher", "c1")
    trials.failed(place)
    trials.judge()
    kept = json.dumps(trialing.as_json(registry)) + str(store.outcomes.people(trial.id))
    assert "butcher" not in kept
    store.close()
    assert b"butcher" not in b"".join(file.read_bytes() for file in (tmp_path / "home").glob("assistant.db*"))

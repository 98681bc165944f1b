"""Trials are started once, seen by every process, and ended by whoever is first."""

import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest

from finetune import trialing
from finetune.errors import BadInput
from finetune.gate import Decision, Scores
from finetune.registry import Card, Registry
from finetune.trials import Arm, Person, Verdict

SCORES = Scores(preference=0.5, grounded=0.5, refusals=0.5, general=0.5, substance=0.5, variety=1.0)
BETTER = Verdict("promote", "people like it better")
WORSE = Verdict("withdraw", "people like it less", flagged=True)
SAME = Verdict("withdraw", "no difference was found")


@pytest.fixture
def registry(tmp_path):
    registry = Registry(tmp_path / "adapters")
    folder = tmp_path / "trained"
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")
    for name in ("first", "second", "third"):
        registry.add(name, folder, Card(base="embedded", method="kto"))
    refused = Decision(False, ("it fell",), SCORES, SCORES, SCORES)
    registry.add("refused", folder, Card(base="embedded", method="kto", decision=refused))
    registry.promote("first")
    return registry


def _start(folder):
    try:
        return trialing.start(Registry(folder), "second").id
    except BadInput:
        return None


def test_a_trial_is_seen_by_whoever_reads_the_pointer(registry):
    trial = trialing.start(registry, "second", trialing.Wanted(0.3, 100), base="embedded")
    assert Registry(registry.folder).pointer().trial == trial
    assert (trial.name, trial.current, trial.share, trial.most) == ("second", "first", 0.3, 100)
    assert registry.active().name == "first"


def test_two_trials_at_once_are_refused(registry):
    trialing.start(registry, "second")
    with pytest.raises(BadInput, match="second is on trial"):
        trialing.start(registry, "third")


def test_of_several_processes_one_starts_the_trial(registry):
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        started = [found for found in pool.map(_start, [registry.folder] * 8) if found]
    assert started == [registry.pointer().trial.id]


@pytest.mark.parametrize(
    ("name", "problem"),
    [("first", "serves already"), ("refused", "is refused"), ("nobody", "no adapter nobody"), ("../x", "cannot name")],
)
def test_what_may_not_serve_is_not_tried(registry, name, problem):
    with pytest.raises(BadInput, match=problem):
        trialing.start(registry, name)


@pytest.mark.parametrize("share", [0.0, -0.1, 0.6, 1.0, float("nan")])
def test_a_share_out_of_range_is_refused(registry, share):
    with pytest.raises(BadInput, match="share of a trial"):
        trialing.start(registry, "second", trialing.Wanted(share))


def test_a_better_candidate_serves_and_the_one_before_can_be_rolled_back_to(registry):
    ended = trialing.conclude(registry, trialing.start(registry, "second"), BETTER)
    assert (ended.how, registry.active().name, registry.pointer().trial) == ("promoted", "second", None)
    assert registry.rollback().name == "first"


def test_a_worse_candidate_is_flagged_with_the_reason(registry):
    trialing.conclude(registry, trialing.start(registry, "second"), WORSE)
    adapter = registry.get("second")
    assert (adapter.state, adapter.reason) == ("flagged", "people like it less")
    assert registry.active().name == "first"


def test_a_candidate_without_difference_stays_one(registry):
    ended = trialing.conclude(registry, trialing.start(registry, "second"), SAME)
    assert (ended.how, ended.flagged, registry.get("second").state) == ("withdrawn", False, "candidate")


def test_a_trial_that_was_stopped_ends_and_another_may_begin(registry):
    trialing.start(registry, "second")
    assert trialing.stop(registry).how == "stopped"
    assert trialing.start(registry, "third").name == "third"


def test_where_no_trial_is_on_there_is_nothing_to_stop(registry):
    with pytest.raises(BadInput, match="no trial is on"):
        trialing.stop(registry)


def test_a_trial_is_concluded_once(registry):
    trial = trialing.start(registry, "second")
    trialing.stop(registry)
    with pytest.raises(BadInput, match="has ended already"):
        trialing.conclude(registry, trial, BETTER)
    assert registry.active().name == "first"


@pytest.mark.parametrize("change", ["promote", "rollback", "flag"])
def test_a_trial_whose_ground_is_taken_away_is_stopped(registry, change):
    trialing.start(registry, "second")
    {
        "promote": lambda: registry.promote("third"),
        "rollback": registry.rollback,
        "flag": lambda: registry.flag("second", "it swears"),
    }[change]()
    assert registry.pointer().trial is None
    assert (registry.pointer().ended.name, registry.pointer().ended.how) == ("second", "stopped")


def test_what_is_on_trial_cannot_be_removed(registry):
    trialing.start(registry, "second")
    with pytest.raises(BadInput, match="stop the trial first"):
        registry.remove("second")


def test_how_a_trial_stands_is_told_of_that_trial_alone(registry):
    trial = trialing.start(registry, "second")
    arms = {"current": Arm.of([Person(3, ups=1)]), "candidate": Arm()}
    trialing.note(registry.folder, trial, arms, Verdict("go on", "not decided yet"))
    found = trialing.as_json(registry)
    assert found["standing"]["current"]["ups"] == 1
    json.dumps(found)
    trialing.stop(registry)
    assert trialing.as_json(registry)["standing"]["verdict"]["reason"] == "not decided yet"
    trialing.start(registry, "third")
    assert trialing.as_json(registry)["standing"] is None

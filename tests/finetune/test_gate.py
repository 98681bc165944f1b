"""The gate opens for what gained and lost nothing else, and says why it stays shut."""

from dataclasses import replace

import pytest

from finetune.gate import GATED, Decision, Scores, judge

BASE = Scores(preference=0.5, grounded=0.5, refusals=0.6, general=0.5, substance=0.5, variety=1.0, comparisons=30)
MAY_LOSE = {"grounded": 0.05, "refusals": 0.1, "general": 0.05, "substance": 0.15, "variety": 0.2}


def decide(candidate: Scores, current: Scores = BASE) -> Decision:
    return judge(base=BASE, current=current, candidate=candidate, must_gain=0.05, may_lose=MAY_LOSE)


def test_what_gained_and_lost_nothing_passes():
    assert decide(replace(BASE, preference=0.8)).passed


def test_what_did_not_gain_over_the_current_one_is_stopped():
    current = replace(BASE, preference=0.8)
    decision = decide(replace(BASE, preference=0.82), current)
    assert not decision.passed
    assert "82%" in decision.reasons[0]
    assert "80%" in decision.reasons[0]


@pytest.mark.parametrize("score", GATED)
def test_what_lost_too_much_of_anything_is_stopped_with_both_figures(score):
    fallen = getattr(BASE, score) - MAY_LOSE[score] - 0.01
    decision = decide(replace(BASE, preference=0.9, **{score: fallen}))
    assert not decision.passed
    (reason,) = [text for text in decision.reasons if "may lose" in text]
    assert score in reason
    assert f"{getattr(BASE, score):.2f} to {fallen:.2f}" in reason


@pytest.mark.parametrize("score", GATED)
def test_a_loss_of_exactly_what_is_allowed_passes(score):
    assert decide(replace(BASE, preference=0.9, **{score: getattr(BASE, score) - MAY_LOSE[score]})).passed


def test_one_answer_rewarded_for_everything_is_stopped_however_well_it_scores():
    decision = judge(
        base=BASE, current=BASE, candidate=replace(BASE, preference=1.0), must_gain=0, may_lose=MAY_LOSE, rewarded=0.1
    )
    assert not decision.passed
    assert "10% of the good answers" in decision.reasons[1]


def test_a_gain_without_a_single_comparison_is_no_gain():
    assert not decide(replace(BASE, preference=0.9, comparisons=0)).passed


def test_a_decision_survives_json():
    decision = decide(replace(BASE, preference=0.8125))
    assert Decision.from_json(decision.as_json()) == decision

"""The gate opens for what gained and lost nothing else, and says why it stays shut."""

import json
from dataclasses import fields, replace

import pytest

from finetune.evaluation.figures import FIGURES
from finetune.gate import GATED, MAY_LOSE, STRICT, Decision, Interval, Scores, judge, worse

BASE = Scores(
    preference=0.5, grounded=0.5, refusals=0.6, general=0.5, substance=0.5, variety=1.0, closed_book=0.5,
    arithmetic=0.5, formats=0.5, stereotype=0.5, memorisation=0.0, personal=0, comparisons=30,
)  # fmt: skip


def decide(candidate: Scores, current: Scores = BASE, **other) -> Decision:
    return judge(base=BASE, current=current, candidate=candidate, must_gain=0.05, may_lose={}, **other)


def lost(score: str, by: float) -> Scores:
    """The base with one score worse by so much."""
    direction = 1 if worse(score, getattr(BASE, score), getattr(BASE, score) + by) > 0 else -1
    return replace(BASE, preference=0.9, **{score: getattr(BASE, score) + direction * by})


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
    worsened = lost(score, MAY_LOSE[score] + 0.01)
    decision = decide(worsened)
    assert not decision.passed
    (reason,) = [text for text in decision.reasons if "may lose" in text]
    assert score in reason
    assert f"{getattr(BASE, score):.2f} to {getattr(worsened, score):.2f}" in reason


@pytest.mark.parametrize("score", GATED)
def test_a_loss_of_exactly_what_is_allowed_passes(score):
    assert decide(lost(score, MAY_LOSE[score])).passed


def test_one_answer_rewarded_for_everything_is_stopped_however_well_it_scores():
    decision = judge(
        base=BASE, current=BASE, candidate=replace(BASE, preference=1.0), must_gain=0, may_lose={}, rewarded=0.1
    )
    assert not decision.passed
    assert "10% of the good answers" in decision.reasons[1]


def test_a_gain_without_a_single_comparison_is_no_gain():
    assert not decide(replace(BASE, preference=0.9, comparisons=0)).passed


def test_a_decision_survives_json():
    around = {"base": {}, "change": {"grounded": Interval(-0.1, 0.05)}}
    decision = decide(replace(BASE, preference=0.8125, margin=1.5), intervals=around)
    assert Decision.from_json(json.loads(json.dumps(decision.as_json()))) == decision


def test_a_card_from_before_there_were_intervals_is_still_read():
    row = decide(BASE).as_json()
    del row["intervals"]
    assert Decision.from_json(row).intervals == {}


def test_what_was_not_measured_is_neither_told_nor_judged():
    unmeasured = replace(BASE, preference=0.9, closed_book=None, memorisation=None, personal=None)
    decision = decide(unmeasured)
    assert decision.passed
    assert not any("closed_book" in reason or "memorisation" in reason for reason in decision.reasons)
    assert "closed_book" not in unmeasured.as_json()


def test_a_recipe_may_allow_more_or_less_than_the_gate_does_by_itself():
    fallen = lost("arithmetic", MAY_LOSE["arithmetic"] + 0.05)
    rule = {"base": BASE, "current": BASE, "must_gain": 0.05}
    assert judge(candidate=fallen, may_lose={"arithmetic": 0.2}, **rule).passed
    assert not judge(candidate=lost("general", 0.02), may_lose={"general": 0.0}, **rule).passed


def test_a_difference_that_may_be_chance_is_told_and_decides_nothing():
    around = {"change": {"preference": Interval(0.1, 0.4), "grounded": Interval(-0.1, 0.02)}}
    decision = decide(replace(BASE, preference=0.75, grounded=0.47), intervals=around)
    assert decision.passed
    assert "+0.25 (95% interval of the change +0.10 to +0.40), which is enough" in decision.reasons[0]
    assert (
        "0.47 (95% interval of the change -0.10 to +0.02, which may be chance), which is allowed" in decision.reasons[1]
    )


def changed(score, low, high):
    return {"change": {score: Interval(low, high)}}


def test_a_loss_that_may_be_chance_may_be_twice_as_large_and_no_larger():
    fallen, around = MAY_LOSE["grounded"] + 0.02, changed("grounded", -0.16, 0.02)
    assert decide(lost("grounded", fallen), intervals=around).passed
    assert not decide(lost("grounded", fallen), intervals=changed("grounded", -0.12, -0.02)).passed
    assert not decide(lost("grounded", 2 * MAY_LOSE["grounded"] + 0.01), intervals=around).passed


@pytest.mark.parametrize("score", STRICT)
def test_of_safety_and_of_what_people_said_nothing_is_left_to_chance(score):
    worsened = lost(score, MAY_LOSE[score] + 0.01)
    assert not decide(worsened, intervals=changed(score, -0.2, 0.2)).passed


def test_a_stereotype_share_gets_worse_by_its_distance_from_one_half():
    assert decide(replace(BASE, preference=0.9, stereotype=0.5), replace(BASE, stereotype=0.8)).passed
    assert not decide(replace(BASE, preference=0.9, stereotype=0.35)).passed
    assert decide(replace(BASE, preference=0.9, stereotype=0.45), replace(BASE, stereotype=0.55)).passed


def test_what_is_memorised_is_set_against_the_base_even_where_the_current_one_learnt_the_same():
    current = replace(BASE, memorisation=0.3)
    assert not decide(replace(BASE, preference=0.9, memorisation=0.3), current).passed


def test_a_single_personal_detail_given_away_stops_an_adapter_unless_the_base_knows_it_too():
    leaking = replace(BASE, preference=0.9, personal=1)
    decision = decide(leaking)
    assert not decision.passed
    assert any("1 hold a personal detail" in reason and "give away none" in reason for reason in decision.reasons)
    assert judge(base=leaking, current=BASE, candidate=leaking, must_gain=0.05, may_lose={}).passed


def test_the_exposure_of_planted_secrets_is_told():
    exposed = decide(replace(BASE, preference=0.9, exposure=6.5))
    assert exposed.passed
    assert "6.5 bits" in exposed.reasons[-1]


def test_every_score_has_a_name_for_people():
    assert set(FIGURES) == {entry.name for entry in fields(Scores)}

"""Who gets the candidate, and what is decided on what came of it."""

import random
from dataclasses import replace

import pytest

from finetune.trials import Arm, Person, Rule, Trial, decide, person, side

TRIAL = Trial("key", "second", "first", 0.2, "2026-01-01T00:00:00+00:00")


def arm(people: int, *, ups: int = 0, downs: int = 0, **other: int) -> Arm:
    """So many people, each of whom got and said the same."""
    return Arm.of([Person(answers=other.pop("answers", 10), ups=ups, downs=downs, **other)] * people)


def thumbs(ups: int, downs: int) -> Arm:
    """So many people, each with one thumb."""
    return Arm.of([Person(1, ups=1)] * ups + [Person(1, downs=1)] * downs)


def test_a_person_is_always_on_the_same_side():
    one = person(TRIAL, "ben", "c1")
    assert person(TRIAL, "ben", "c2") == one
    assert len({side(TRIAL, one) for _ in range(10)}) == 1


def test_where_nobody_is_named_a_conversation_stands_for_a_person():
    assert person(TRIAL, None, "c1") != person(TRIAL, None, "c2")
    assert person(TRIAL, None, "c1") == person(TRIAL, "", "c1")


def test_a_user_named_like_a_conversation_is_somebody_else():
    assert person(TRIAL, "c1", "c2") != person(TRIAL, None, "c1")


def test_the_share_of_the_people_is_what_was_asked_for():
    found = [side(TRIAL, person(TRIAL, f"user {number}", "c")) for number in range(5000)]
    assert found.count("candidate") / 5000 == pytest.approx(0.2, abs=0.02)


def test_another_trial_divides_the_people_anew():
    other = replace(TRIAL, id="another key", share=0.5)
    halves = replace(TRIAL, share=0.5)
    same = sum(
        side(halves, person(halves, f"u{n}", "c")) == side(other, person(other, f"u{n}", "c")) for n in range(1000)
    )
    assert 400 < same < 600


def test_a_person_cannot_be_told_by_name():
    assert "ben" not in person(TRIAL, "ben", "c")


def test_a_trial_without_answers_goes_on():
    assert decide(Arm(), Arm()).action == "go on"


def test_a_candidate_that_people_like_better_is_promoted():
    verdict = decide(thumbs(120, 80), thumbs(46, 4))
    assert (verdict.action, verdict.flagged) == ("promote", False)
    assert verdict.figures["better"] >= verdict.figures["needed"]
    assert "92%" in verdict.reason
    assert "60%" in verdict.reason


def test_a_candidate_that_people_like_less_is_withdrawn_and_flagged():
    verdict = decide(thumbs(160, 40), thumbs(15, 35))
    assert (verdict.action, verdict.flagged) == ("withdraw", True)
    assert "less" in verdict.reason


def test_equal_rates_decide_nothing():
    assert decide(thumbs(120, 80), thumbs(30, 20)).action == "go on"


def test_the_thumbs_of_fewer_than_five_people_decide_nothing():
    many = arm(40, ups=5, downs=5)
    assert decide(many, arm(4, ups=50)).action == "go on"
    assert decide(many, arm(8, ups=50)).action == "promote"


def test_one_person_with_very_many_thumbs_decides_nothing():
    devoted = Arm.of([Person(1000, ups=1000), *[Person(1, ups=n % 2, downs=1 - n % 2) for n in range(10)]])
    assert decide(thumbs(100, 100), devoted).action == "go on"


def test_after_the_most_answers_without_evidence_it_is_withdrawn_but_not_flagged():
    verdict = decide(thumbs(120, 80), thumbs(30, 20), Rule(most=250))
    assert (verdict.action, verdict.flagged) == ("withdraw", False)
    assert "no difference" in verdict.reason


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        ({"refused": 6}, "refused by the output rails"),
        ({"failed": 6}, "answers that failed"),
        ({"sentences": 20, "unsupported": 12}, "no passage supports"),
    ],
)
def test_harm_withdraws_at_once_also_where_nobody_rated(harm, told):
    verdict = decide(arm(20, sentences=20, unsupported=1), arm(4, **{"sentences": 20, "unsupported": 1} | harm))
    assert (verdict.action, verdict.flagged) == ("withdraw", True)
    assert told in verdict.reason


def test_harm_goes_before_likes():
    liked = Arm.of([Person(10, ups=1, failed=7)] * 50)
    assert decide(arm(200, ups=1, downs=1), liked).flagged


def test_harm_that_is_no_more_than_without_the_candidate_withdraws_nothing():
    assert decide(arm(40, refused=2, failed=1), arm(10, refused=2, failed=1)).action == "go on"


def test_one_person_who_provokes_the_rails_withdraws_nothing():
    candidate = Arm.of([Person(30, refused=30), *[Person(30)] * 5])
    assert decide(arm(24, answers=30), candidate).action == "go on"


def test_candidates_of_equal_worth_are_seldom_promoted_though_looked_at_after_every_rating():
    rng = random.Random(7)
    wrong = 0
    for _ in range(100):
        arms = {"current": Arm(), "candidate": Arm()}
        for _ in range(400):
            on = "candidate" if rng.random() < 0.3 else "current"
            likes = arms[on].likes.changed((0, 0), (int(rng.random() < 0.6), 1))
            arms[on] = replace(arms[on], likes=likes)
            if decide(arms["current"], arms["candidate"]).action == "promote":
                wrong += 1
                break
    assert wrong <= 5

"""The evidence of a rise begins at one, grows with a rise, and counts people."""

import random

import pytest

from finetune.evidence import ALIKE, CERTAIN, Rate, rise


def group(share: float, people: int, each: int = 1) -> Rate:
    return Rate.of((round(share * each), each) for _ in range(people)) if each > 1 else _singles(share, people)


def _singles(share: float, people: int) -> Rate:
    return Rate.of((number < share * people, 1) for number in range(people))


def test_without_anybody_on_one_side_there_is_no_evidence():
    assert rise(Rate(), group(0.9, 50)) == 1.0
    assert rise(group(0.1, 50), Rate()) == 1.0


def test_equal_rates_speak_against_a_rise():
    assert rise(group(0.6, 200), group(0.6, 50)) < 1


def test_a_great_rise_is_proof_and_a_fall_is_not():
    assert rise(group(0.5, 200), group(0.9, 50)) > 1000
    assert rise(group(0.9, 200), group(0.5, 50)) < 0.1


def test_evidence_is_a_number_also_where_all_say_the_same():
    for low, high in ((0.0, 0.0), (1.0, 1.0), (0.0, 1.0)):
        assert 0 < rise(group(low, 1000), group(high, 1000)) <= CERTAIN


def test_one_person_never_counts_for_more_than_five_answers():
    assert Rate.of([(1000, 1000)]).weight == pytest.approx(1 / ALIKE, rel=0.01)


def test_many_answers_of_few_people_are_less_than_as_many_of_many_people():
    few = rise(Rate.of([(20, 40)] * 5), Rate.of([(32, 40)] * 5))
    many = rise(group(0.5, 200), group(0.8, 200))
    assert few < many / 100


def test_one_person_unlike_the_others_is_no_evidence():
    assert rise(Rate.of([(0, 30)] * 20), Rate.of([(30, 30)] + [(0, 30)] * 4)) < 5


def test_a_rate_that_is_kept_up_to_date_is_that_of_all_counts():
    rng = random.Random(1)
    counts = [(0, 0)] * 30
    kept = Rate()
    for _ in range(500):
        who = rng.randrange(30)
        hits, count = counts[who]
        after = (hits + (rng.random() < 0.4), count + 1)
        kept, counts[who] = kept.changed(counts[who], after), after
    fresh = Rate.of(counts)
    assert (kept.people, kept.hits, kept.count) == (fresh.people, fresh.hits, fresh.count)
    assert kept.mean == pytest.approx(fresh.mean)
    assert kept.between == pytest.approx(fresh.between)

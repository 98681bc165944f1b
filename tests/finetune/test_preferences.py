"""Ratings become the rows that each method takes, and none is both learnt and judged by."""

from collections import Counter
from itertools import combinations

import pytest

from finetune import preferences
from finetune.errors import NotEnoughData


def test_a_correction_is_a_demonstration_in_place_of_its_answer(rate):
    rows = preferences.demonstrations([rate(1, answer="good"), rate(2, rating="down"), rate(3, correction="better")])
    assert [row["completion"][0]["content"] for row in rows] == ["good", "better"]
    assert rows[0]["prompt"] == [{"role": "user", "content": "question 1"}]


def test_a_correction_is_chosen_against_its_original(rate):
    (pair,) = preferences.pairs([rate(1, rating="down", answer="worse", correction="better")])
    assert pair["chosen"] == [{"role": "assistant", "content": "better"}]
    assert pair["rejected"] == [{"role": "assistant", "content": "worse"}]


def test_siblings_with_different_thumbs_make_a_pair_and_strangers_do_not(rate):
    siblings = [rate(1, question="same", answer="yes"), rate(2, question="same", rating="down", answer="no")]
    (pair,) = preferences.pairs([*siblings, rate(3, rating="down")])
    assert (pair["chosen"][0]["content"], pair["rejected"][0]["content"]) == ("yes", "no")


def test_the_same_words_with_both_thumbs_make_no_pair(rate):
    assert (
        preferences.pairs([rate(1, question="q", answer="a"), rate(2, question="q", answer="a", rating="down")]) == []
    )


def test_every_rating_is_a_label_and_a_correction_a_desirable_one_more(rate):
    rows = preferences.labels([rate(1), rate(2, rating="down", correction="better")])
    assert [(row["completion"][0]["content"], row["label"]) for row in rows] == [
        ("short 1", True),
        ("a long answer that goes on and on 2", False),
        ("better", True),
    ]


@pytest.mark.parametrize(("liked", "disliked"), [(21, 75), (75, 21), (30, 30), (5, 3), (1, 100)])
def test_the_weights_balance_both_kinds_within_the_band_that_is_advised(rate, liked, disliked):
    rated = [rate(n, rating="up" if n < liked else "down") for n in range(liked + disliked)]
    up, down = preferences.weights(preferences.labels(rated))
    assert 1 <= (up * liked) / (down * disliked) <= 4 / 3
    assert min(up, down) == 1


def test_enough_pairs_choose_dpo(rate):
    rated = [rate(n, rating="down", correction=f"better {n}") for n in range(preferences.ENOUGH_PAIRS)]
    assert preferences.choose(rated) == "dpo"


def test_enough_thumbs_of_both_kinds_choose_kto(rate):
    assert preferences.choose([rate(n, rating="up" if n % 3 else "down") for n in range(60)]) == "kto"


def test_good_answers_alone_choose_sft(rate):
    assert preferences.choose([rate(n) for n in range(60)]) == "sft"


def test_too_few_ratings_say_how_many_are_missing(rate):
    with pytest.raises(NotEnoughData, match="38 more ratings and 4 more thumbs up and 4 more thumbs down") as error:
        preferences.choose([rate(1), rate(2, rating="down")])
    assert "40 more answers corrected or compared" in str(error.value)


def sides(rated, *, validation=0.0, held_out, seed=1):
    found = preferences.split(rated, validation=validation, held_out=held_out, seed=seed)
    return found.learnt, found.validation, found.held_out


@pytest.mark.parametrize("validation", [0.0, 0.25])
def test_a_conversation_is_never_on_two_sides(rate, validation):
    rated = [rate(n, conversation_id=f"c{n % 12}", rating="up" if n % 2 else "down") for n in range(48)]
    found = sides(rated, validation=validation, held_out=0.25)
    for one, other in combinations(found, 2):
        assert not {row.conversation_id for row in one} & {row.conversation_id for row in other}
    assert sum(map(len, found)) == 48
    assert 8 <= len(found[2]) <= 16


@pytest.mark.parametrize("validation", [0.0, 0.2])
def test_siblings_stay_together_even_over_several_conversations(rate, validation):
    rated = [rate(n, question=f"q{n // 2}", rating="up" if n % 4 == 0 else "down") for n in range(40)]
    found = sides(rated, validation=validation, held_out=0.2, seed=3)
    for one, other in combinations(found, 2):
        assert not {row.prompt[0]["content"] for row in one} & {row.prompt[0]["content"] for row in other}
    assert found[2]
    assert bool(found[1]) == bool(validation)


def test_both_kinds_are_on_every_side_in_their_proportion(rate):
    rated = [rate(n, rating="up" if n % 5 == 0 else "down") for n in range(100)]
    learnt, validation, held_out = (
        Counter(row.rating for row in side) for side in sides(rated, validation=0.1, held_out=0.2, seed=13)
    )
    assert (validation, held_out) == ({"up": 2, "down": 8}, {"up": 4, "down": 16})
    assert learnt == {"up": 14, "down": 56}


def test_eighty_ten_ten_is_met_where_groups_are_small(rate):
    assert [len(side) for side in sides([rate(n) for n in range(200)], validation=0.1, held_out=0.1)] == [160, 20, 20]


def test_what_is_held_out_does_not_depend_on_what_is_taken_for_validation(ratings):
    first, second = (sides(ratings, validation=share, held_out=0.2)[2] for share in (0.0, 0.3))
    assert first == second


def test_the_same_seed_gives_the_same_split_and_another_another(ratings):
    first = sides(ratings, validation=0.2, held_out=0.3)
    assert first == sides(ratings, validation=0.2, held_out=0.3)
    assert any(first != sides(ratings, validation=0.2, held_out=0.3, seed=seed) for seed in range(2, 6))


def test_something_is_always_left_to_learn_from(rate):
    learnt, validation, held_out = sides([rate(1), rate(2)], validation=0.5, held_out=0.5)
    assert (len(learnt), len(validation), len(held_out)) == (1, 0, 1)


def test_the_order_of_the_ratings_is_kept_on_each_side(ratings):
    for side in sides(ratings, validation=0.2, held_out=0.2):
        assert [ratings.index(row) for row in side] == sorted(ratings.index(row) for row in side)


def test_pairs_are_counted_as_they_would_be_made(rate):
    rated = [
        *(rate(n, question=f"q{n % 3}", answer=f"a{n % 4}", rating="up" if n % 2 else "down") for n in range(24)),
        rate(24, rating="down", correction="better"),
    ]
    assert preferences.count(rated)["pairs"] == len(preferences.pairs(rated)) > 1

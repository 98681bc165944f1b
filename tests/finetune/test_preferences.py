"""Ratings become the rows that each method takes, and none is both learnt and judged by."""

from collections import Counter

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


def parts(rated, validation, held_out, seed):
    found = preferences.split(rated, validation=validation, held_out=held_out, seed=seed)
    return found.learnt, found.validation, found.held_out


def test_a_tenth_stops_and_a_tenth_judges(rate):
    rated = [rate(n, rating="up" if n % 2 else "down") for n in range(100)]
    learnt, validation, held_out = parts(rated, 0.1, 0.1, 13)
    assert (len(learnt), len(validation), len(held_out)) == (80, 10, 10)
    assert len({row.turn_id for row in (*learnt, *validation, *held_out)}) == 100


def test_a_conversation_is_never_on_both_sides(rate):
    rated = [rate(n, conversation_id=f"c{n % 12}", rating="up" if n % 2 else "down") for n in range(48)]
    learnt, _, held_out = parts(rated, 0, 0.25, 1)
    assert not {row.conversation_id for row in learnt} & {row.conversation_id for row in held_out}
    assert len(learnt) + len(held_out) == 48
    assert 8 <= len(held_out) <= 16


def test_siblings_stay_together_even_over_several_conversations(rate):
    rated = [rate(n, question=f"q{n // 2}", rating="up" if n % 4 == 0 else "down") for n in range(40)]
    learnt, _, held_out = parts(rated, 0, 0.2, 3)
    assert not {row.prompt[0]["content"] for row in learnt} & {row.prompt[0]["content"] for row in held_out}
    assert held_out


def test_both_kinds_are_held_out_in_their_proportion(rate):
    rated = [rate(n, rating="up" if n % 5 == 0 else "down") for n in range(60)]
    _, _, held_out = parts(rated, 0, 0.2, 13)
    assert Counter(row.rating for row in held_out) == {"up": 2, "down": 10}


def test_the_same_seed_gives_the_same_split_and_another_another(ratings):
    first = parts(ratings, 0, 0.3, 1)
    assert first == parts(ratings, 0, 0.3, 1)
    assert any(first != parts(ratings, 0, 0.3, seed) for seed in range(2, 6))


def test_something_is_always_left_to_learn_from(rate):
    learnt, _, held_out = parts([rate(1), rate(2)], 0, 0.5, 1)
    assert len(learnt) == len(held_out) == 1

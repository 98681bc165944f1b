"""Which answers are compared, and what counts as preferring the better one."""

from finetune.evaluation.preference import ENOUGH, Comparison, accuracy, comparisons


def test_enough_corrections_are_compared_with_their_own_prompt_alone(rate):
    rated = [rate(number, rating="down", correction=f"better {number}") for number in range(ENOUGH)]
    assert comparisons(rated) == [Comparison(better=2 * n + 1, worse=2 * n) for n in range(ENOUGH)]


def test_a_few_corrections_stand_among_comparisons_of_all_with_all(rate):
    rated = [rate(1, rating="down", correction="better"), rate(2), rate(3, rating="down")]
    assert comparisons(rated) == [Comparison(1, 0), Comparison(1, 3), Comparison(2, 0), Comparison(2, 3)]


def test_lone_thumbs_are_all_compared_with_each_other(rate):
    rated = [rate(1), rate(2, rating="down"), rate(3), rate(4, rating="down")]
    assert comparisons(rated) == [Comparison(0, 1), Comparison(0, 3), Comparison(2, 1), Comparison(2, 3)]


def test_good_answers_alone_are_compared_with_the_base(rate):
    assert comparisons([rate(1), rate(2)]) == [Comparison(0, None), Comparison(1, None)]


def test_the_base_prefers_nothing(rate):
    compared = comparisons([rate(1), rate(2, rating="down"), rate(3)])
    assert accuracy(compared, [0.0, 0.0, 0.0]) == 0.5


def test_accuracy_is_the_share_of_better_answers_that_gained_more():
    compared = [Comparison(0, 1), Comparison(2, 1), Comparison(2, None)]
    assert accuracy(compared, [1.0, 2.0, 3.0]) == 2 / 3

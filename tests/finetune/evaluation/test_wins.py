"""Who wins by length alone does not win."""

from finetune.evaluation.wins import interval, outcome, win_rate


def test_the_win_rate_at_the_same_length_is_the_share_of_wins():
    assert abs(win_rate([1.0] * 15 + [0.0] * 5, [0.0] * 20) - 0.75) < 0.01


def test_wins_by_length_alone_count_for_nothing():
    longer = [100.0, -100.0] * 20
    wins = [float(one > 0) for one in longer]
    assert abs(win_rate(wins, longer) - 0.5) < 0.01
    always = win_rate([1.0] * 30 + [0.0] * 10, [100.0] * 28 + [-100.0] * 12)
    assert always < 0.75


def test_who_always_wins_has_almost_all_and_ties_are_half():
    assert 0.95 < win_rate([1.0] * 20, [3.0, -3.0] * 10) <= 1
    assert win_rate([0.5] * 10, [0.0] * 10) == 0.5


def test_the_interval_holds_the_rate_and_narrows_with_more_prompts():
    few, many = ([1.0, 1.0, 0.0] * n for n in (6, 30))
    narrow, wide = (interval(wins, [float(n % 5 - 2) for n in range(len(wins))]) for wins in (many, few))
    assert narrow.low < 2 / 3 < narrow.high
    assert narrow.high - narrow.low < wide.high - wide.low
    assert interval([1.0], [0.0]) is None


def test_the_higher_reward_wins_and_the_same_answer_ties_unasked():
    def shortest(prompt, answer):
        return -len(answer)

    assert [outcome(shortest, (), "a", other) for other in ("bb", "", "a", "b")] == [1, 0, 0.5, 0.5]

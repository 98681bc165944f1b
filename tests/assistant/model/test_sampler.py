from collections import Counter

import pytest
import torch

from assistant.model.requests import Request
from assistant.model.sampler import choose
from assistant.turns import Sampling

GREEDY = Sampling(repetition_penalty=1.0)


def request(sampling=GREEDY, written=(), most=10):
    made = Request([1, 2], None, sampling, most=most, ends=lambda: False)
    made.written = list(written)
    made.random = torch.Generator().manual_seed(sampling.seed)
    return made


def scores(*rows):
    return torch.tensor(rows)


def ids(chosen):
    return [token.id for token in chosen[0]]


def test_without_temperature_the_likeliest_token_is_taken():
    assert ids(choose(request(), scores([0.0, 3.0, 1.0]), [])) == [1]


def test_what_was_guessed_right_is_taken_with_the_token_after_it():
    assert ids(choose(request(), scores([0.0, 3.0], [3.0, 0.0], [0.0, 1.0]), [1, 0])) == [1, 0, 1]


def test_after_a_wrong_guess_nothing_that_was_computed_on_it_is_taken():
    assert ids(choose(request(), scores([0.0, 3.0], [3.0, 0.0], [0.0, 1.0]), [0, 0])) == [1]


def test_nothing_is_taken_after_a_token_that_ends_the_answer():
    assert ids(choose(request(), scores([0.0, 3.0], [3.0, 0.0]), [1], frozenset([1]))) == [1]


def test_no_more_is_taken_than_may_be_written():
    assert ids(choose(request(most=1), scores([0.0, 3.0], [3.0, 0.0]), [1])) == [1]


@pytest.mark.parametrize(("first", "expected"), [(2.0, 1), (4.0, 0)])
def test_a_token_that_was_said_is_less_likely_by_the_penalty(first, expected):
    penalised = request(Sampling(repetition_penalty=2.0), written=[0])
    assert ids(choose(penalised, scores([first, 1.5]), [])) == [expected]


def test_a_penalised_token_with_a_score_below_nothing_is_less_likely_too():
    assert ids(choose(request(Sampling(repetition_penalty=2.0), written=[0]), scores([-1.0, -1.5]), [])) == [1]


def test_the_prompts_tokens_are_not_penalised():
    assert ids(choose(request(Sampling(repetition_penalty=5.0)), scores([0.0, 0.0, 1.0]), [])) == [2]


def test_tokens_are_drawn_as_often_as_they_are_likely():
    warm = request(Sampling(temperature=1.0, top_p=1.0, repetition_penalty=1.0))
    row = scores([0.5, 0.3, 0.2]).log()
    drawn = Counter(ids(choose(warm, row, []))[0] for _ in range(4000))
    assert [drawn[n] / 4000 for n in range(3)] == pytest.approx([0.5, 0.3, 0.2], abs=0.03)


def test_only_the_likeliest_tokens_that_have_top_p_together_are_drawn():
    warm = request(Sampling(temperature=1.0, top_p=0.7, repetition_penalty=1.0))
    row = scores([0.5, 0.3, 0.2]).log()
    assert {ids(choose(warm, row, []))[0] for _ in range(500)} == {0, 1}


def test_top_p_looks_at_all_tokens_where_the_likeliest_hold_too_little():
    warm = request(Sampling(temperature=1.0, top_p=0.999, repetition_penalty=1.0))
    drawn = {ids(choose(warm, torch.zeros(1, 5000), []))[0] for _ in range(2000)}
    assert len(drawn) > 1000


def test_a_temperature_near_nothing_draws_the_likeliest():
    cold = request(Sampling(temperature=0.01, repetition_penalty=1.0))
    assert {ids(choose(cold, scores([1.0, 1.5]), []))[0] for _ in range(50)} == {1}


def test_probabilities_are_told_before_penalty_and_temperature():
    told = request(Sampling(temperature=0.5, repetition_penalty=2.0, logprobs=2), written=[1])
    (token,), _ = choose(told, scores([0.2, 0.7, 0.1]).log(), [])
    assert [one for one, _ in token.likeliest] == [1, 0]
    assert torch.tensor([value for _, value in token.likeliest]).exp().tolist() == pytest.approx([0.7, 0.2])

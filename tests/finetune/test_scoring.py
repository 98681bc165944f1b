"""One pass over the vocabulary gives what TRL's own function gives."""

import pytest
import torch
from trl.kernels import ChunkedLogProbFunction

from finetune import scoring
from finetune.lean import OUTPUTS


@pytest.fixture
def drawn():
    torch.manual_seed(0)
    hidden = torch.randn(37, 16, requires_grad=True)
    return hidden, torch.randn(101, 16), torch.randint(101, (37,))


@pytest.mark.parametrize("temperature", [1.0, 0.7])
@pytest.mark.parametrize("entries", [101 * 5, 2**20])
def test_each_figure_and_the_gradient_are_trls_own(drawn, monkeypatch, temperature, entries):
    monkeypatch.setattr(scoring, "ENTRIES", entries)
    hidden, weight, targets = drawn
    wanted = ChunkedLogProbFunction.apply(hidden, weight, None, targets, temperature, 50, None, 1.0, OUTPUTS)
    (gradient,) = torch.autograd.grad((wanted[0] * torch.arange(37)).sum(), hidden)
    found = scoring.FrozenHead.apply(hidden, weight, targets, temperature)
    (own,) = torch.autograd.grad((found[0] * torch.arange(37)).sum(), hidden)
    for name, one, other in zip(OUTPUTS, wanted, found, strict=True):
        assert torch.allclose(one.float(), other.float(), atol=1e-4), name
    assert torch.allclose(gradient, own, atol=1e-4)


def test_what_computes_in_bf16_is_summed_in_fp32(drawn):
    hidden, weight, targets = drawn
    exact = scoring.FrozenHead.apply(hidden, weight, targets, 1.0)[0]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = scoring.FrozenHead.apply(hidden, weight, targets, 1.0)[0]
    assert rounded.dtype == torch.float32
    assert torch.allclose(exact, rounded, atol=0.2)


def test_where_nothing_is_learnt_there_is_nothing_to_score(drawn):
    _, weight, _ = drawn
    found = scoring.FrozenHead.apply(torch.zeros(0, 16), weight, torch.zeros(0, dtype=torch.long), 1.0)
    assert [len(one) for one in found] == [0] * 5

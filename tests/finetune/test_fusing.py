"""A LoRA layer with fewer passes over memory computes the same."""

import copy

import pytest
import torch
from peft import LoraConfig, get_peft_model

from finetune import fusing


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = torch.nn.Linear(8, 12), torch.nn.Linear(12, 4, bias=False)

    def forward(self, x):
        return self.second(torch.nn.functional.silu(self.first(x)))


@pytest.fixture
def drawn():
    torch.manual_seed(0)
    return Net(), torch.randn(3, 5, 8)


def adapted(net, **how):
    config = LoraConfig(r=2, lora_alpha=6, target_modules=["first", "second"], init_lora_weights=False, **how)
    return get_peft_model(net, config)


def output_and_gradients(model, x):
    model.zero_grad()
    output = model(x)
    output.square().sum().backward()
    return output.detach(), [w.grad.clone() for w in model.parameters() if w.grad is not None]


@pytest.mark.parametrize("how", [{}, {"use_dora": True}, {"lora_bias": True}, {"use_rslora": True}])
def test_outputs_and_gradients_are_pefts_own(drawn, how):
    net, x = drawn
    model = adapted(net, **how).train()
    fused = copy.deepcopy(model)
    fusing.fuse(fused)
    wanted, gradients = output_and_gradients(model, x)
    found, own = output_and_gradients(fused, x)
    assert torch.allclose(wanted, found, atol=1e-5)
    assert len(gradients) == len(own) > 0
    assert all(torch.allclose(one, other, atol=1e-4) for one, other in zip(gradients, own, strict=True))


def test_an_adapter_that_is_switched_off_stays_off(drawn):
    net, x = drawn
    plain = copy.deepcopy(net)(x)
    model = adapted(net)
    fusing.fuse(model)
    with model.disable_adapter():
        assert torch.allclose(model(x), plain)
    assert not torch.allclose(model(x), plain)


def test_dropout_is_still_drawn(drawn):
    net, x = drawn
    model = adapted(net, lora_dropout=0.5).train()
    fusing.fuse(model)
    assert not torch.allclose(model(x), model(x))

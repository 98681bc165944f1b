import pytest
import torch
from torch import nn

from finetune import models
from finetune.int8 import FEW, Int8Linear


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("rows", [1, FEW, FEW + 1])
@pytest.mark.parametrize("bias", [True, False])
def test_a_layer_of_eight_bits_computes_nearly_what_it_was_made_of(dtype, rows, bias):
    torch.manual_seed(0)
    layer = nn.Linear(64, 48, bias=bias).to(dtype)
    given = torch.randn(rows, 1, 64).to(dtype)
    with torch.inference_mode():
        expected, found = layer(given), Int8Linear(layer)(given)
    assert found.shape == expected.shape
    assert found.dtype == dtype
    assert float((found - expected).norm() / expected.norm()) < 0.02


def test_a_row_of_zeros_stays_one():
    layer = nn.Linear(8, 2, bias=False)
    nn.init.zeros_(layer.weight)
    with torch.inference_mode():
        assert bool((Int8Linear(layer)(torch.ones(1, 8)) == 0).all())


def test_it_takes_a_byte_a_weight():
    layer = Int8Linear(nn.Linear(64, 48, bias=False))
    assert layer.weight.element_size() == 1


def test_what_stands_before_it_can_be_trained_through_it():
    given = torch.randn(2, 8, requires_grad=True)
    Int8Linear(nn.Linear(8, 4))(given).sum().backward()
    assert given.grad is not None
    assert bool((given.grad != 0).any())


@pytest.fixture
def on_a_processor():
    if torch.cuda.is_available():
        pytest.skip("bitsandbytes has the eight bits on a GPU")


@pytest.mark.usefixtures("on_a_processor")
def test_a_model_in_eight_bits_says_nearly_what_it_says_else(settings):
    small = models.load(settings.model_copy(update={"quantize": "8bit"})).model
    given = torch.tensor([[5, 6, 7]])
    with torch.inference_mode():
        expected, found = models.load(settings).model(given).logits.float(), small(given).logits.float()
    assert any(isinstance(module, Int8Linear) for module in small.modules())
    assert float((found - expected).norm() / expected.norm()) < 0.05


@pytest.mark.usefixtures("on_a_processor")
def test_a_model_in_eight_bits_can_wear_an_adapter(settings):
    from peft import LoraConfig, get_peft_model

    small = models.load(settings.model_copy(update={"quantize": "8bit"})).model
    given = torch.tensor([[5, 6, 7]])
    with torch.inference_mode():
        before = small(given).logits
    worn = get_peft_model(small, LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False)).eval()
    with torch.inference_mode():
        after = worn(given).logits
    assert not torch.allclose(before, after, atol=1e-2)

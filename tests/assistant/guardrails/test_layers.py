import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from assistant.guardrails.layers import MOST, session


@pytest.fixture(scope="module")
def small():
    """A small BERT with random weights, and its tensors."""
    torch.manual_seed(7)
    sizes = {"hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 2, "intermediate_size": 64}
    model = BertModel(BertConfig(vocab_size=50, **sizes, layer_norm_eps=1e-12)).eval()
    return model, {name: tensor.numpy() for name, tensor in model.state_dict().items()}


def layers(tensors, which, first):
    return session(tensors, which, 32, 4, first=first)


def test_the_layers_give_what_the_model_gives_in_full_precision(small):
    model, tensors = small
    numbers = torch.tensor([[2, 30, 41, 7, 3]])
    with torch.inference_mode():
        right = model(numbers).last_hidden_state.numpy()
    raw = tensors["embeddings.word_embeddings.weight"][numbers[0]]
    raw = (
        raw
        + tensors["embeddings.position_embeddings.weight"][:5]
        + tensors["embeddings.token_type_embeddings.weight"][0]
    )
    states, mean = layers(tensors, range(2), True).run(None, {"states": raw[None]})
    assert np.abs(states - right).max() < 0.05 * np.abs(right).max()
    assert np.allclose(mean, states.mean(axis=1), atol=1e-5)


def test_layers_may_run_in_two_parts(small):
    _, tensors = small
    raw = np.random.default_rng(1).normal(size=(1, 9, 32)).astype(np.float32)
    whole, _ = layers(tensors, range(2), True).run(None, {"states": raw})
    half, _ = layers(tensors, [0], True).run(None, {"states": raw})
    rest, _ = layers(tensors, [1], False).run(None, {"states": half})
    assert np.array_equal(whole, rest)


def test_no_weight_is_so_large_that_two_products_overflow_sixteen_bits():
    assert 2 * 255 * MOST < 2**15

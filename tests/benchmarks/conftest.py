"""A tiny model with random weights, made here."""

from typing import Any

import pytest

from finetune.models import Loaded

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


@pytest.fixture
def model() -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=300,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        eos_token_id=0,
        pad_token_id=0,
    )
    return LlamaForCausalLM(config).eval()


@pytest.fixture
def loaded(model: Any) -> Loaded:
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    bytes_only = ByteLevelBPETokenizer()
    bytes_only.train_from_iterator([""], vocab_size=260, special_tokens=["<|im_end|>", "<|im_start|>"])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bytes_only._tokenizer, eos_token="<|im_end|>", pad_token="<|im_end|>", padding_side="left"
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    return Loaded("tiny", model, tokenizer, "cpu")

"""A tiny model with random weights, made here, and ratings to train it on."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from finetune.evaluation import sets
from finetune.examples import Message, RatedAnswer
from finetune.settings import FinetuneSettings

for variable in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "TQDM_DISABLE"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("model")
    # It knows the words of the question sets, which are four times as long in bytes
    known = ByteLevelBPETokenizer()
    asked = [message["content"] for question in sets.read().grounded for message in question.messages]
    known.train_from_iterator(["short answer, long answer", *asked], vocab_size=1500, show_progress=False)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=known._tokenizer, eos_token="<|im_end|>")
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.pad_token = tokenizer.eos_token
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    return folder


@pytest.fixture
def settings(tiny_model: Path, tmp_path: Path) -> FinetuneSettings:
    return FinetuneSettings(home=tmp_path / "home", cache=tmp_path / "cache", model=str(tiny_model))


@pytest.fixture
def few() -> sets.Sets:
    """A few questions out of each set."""
    whole = sets.read()
    return sets.Sets(
        grounded=whole.grounded[:1] + whole.grounded[-1:],
        refusals=whole.refusals[:2],
        general=whole.general[:3],
        closed_book=whole.closed_book[:2],
        arithmetic=whole.arithmetic[:2],
        formats=whole.formats[:2],
        stereotypes=whole.stereotypes[:3],
        digest="few",
    )


@pytest.fixture(scope="session")
def rate() -> Callable[..., RatedAnswer]:
    """Make one rated answer; what is not given is made up from its number."""

    def make(number: int, *, rating: str = "up", question: str = "", answer: str = "", **other: object) -> RatedAnswer:
        prompt = (Message(role="user", content=question or f"question {number}"),)
        words = "short" if rating == "up" else "a long answer that goes on and on"
        given = {"turn_id": f"t{number}", "conversation_id": f"c{number}", **other}
        return RatedAnswer(prompt=prompt, answer=answer or f"{words} {number}", rating=rating, **given)

    return make


@pytest.fixture(scope="session")
def ratings(rate: Callable[..., RatedAnswer]) -> list[RatedAnswer]:
    """Twenty ratings by somebody who likes short answers."""
    return [rate(number, rating="up" if number % 2 else "down") for number in range(20)]

"""A chat out of real parts but for the model and the search, which are doubles; and a tiny model made here."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assistant.engine import Engine
from assistant.events import Delta, Done, Event
from assistant.guardrails.privacy import Privacy
from assistant.guardrails.rails import Rails
from assistant.settings import ChatSettings
from assistant.store.store import Store
from assistant.turns import Turn
from assistant.wishes import Wishes
from tests.assistant.doubles import FixedReader, Serves, SpokenModel, supports

for variable in ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


@dataclass
class Chat:
    """An engine with its parts, and one conversation begun."""

    engine: Engine
    model: SpokenModel
    reader: FixedReader
    store: Store
    conversation: str

    def events(self, question: str, **wishes: Any) -> list[Event]:
        return list(self.engine.reply(self.conversation, question, Wishes(**wishes)))

    def ask(self, question: str, **wishes: Any) -> Turn:
        """Ask, and wait for the stored turn."""
        return turn_of(self.events(question, **wishes))

    def again(self, turn: Turn) -> Turn:
        return turn_of(list(self.engine.regenerate(turn.id)))


def turn_of(events: list[Event]) -> Turn:
    assert isinstance(events[-1], Done)
    return events[-1].turn


def said(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


@pytest.fixture(scope="session")
def masking() -> Privacy:
    """The rail that masks personal data, as it is served."""
    return Privacy()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "home" / "assistant.db")
    yield opened
    opened.close()


@pytest.fixture
def chat(store: Store, tmp_path: Path) -> Callable[..., Chat]:
    """Make a chat; what is not given allows everything and finds nothing."""

    def make(
        *answers: str | Exception, passages: Any = (), input_rails: Any = (), output_rails: Any = (), **other: Any
    ) -> Chat:
        model = SpokenModel(list(answers) or ["Fine."], context=other.pop("context", 4096))
        reader = FixedReader(list(passages), **other.pop("reader", {}))
        serving = other.pop("serving", None) or Serves(other.pop("active", lambda: None))
        reward = other.pop("reward", lambda: None)
        rails = Rails(tuple(input_rails), tuple(output_rails), **other.pop("rails", {}))
        engine = Engine(
            settings=ChatSettings(home=tmp_path / "home", **other),
            reward=reward,
            model=model,
            store=store,
            reader=reader,
            serving=serving,
            rails=lambda: rails,
            support=supports,
        )
        return Chat(engine, model, reader, store, store.add_conversation().id)

    return make


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Llama of random weights, which never ends an answer by itself, and a tokenizer of bytes."""
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    of_bytes = ByteLevelBPETokenizer()
    of_bytes.train_from_iterator(["the quick brown fox says good morning"], vocab_size=300, show_progress=False)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=of_bytes._tokenizer, eos_token="<|im_end|>")
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
    tokenizer.chat_template = TEMPLATE
    tokenizer.pad_token = tokenizer.eos_token
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    LlamaForCausalLM(tiny_config(len(tokenizer))).save_pretrained(folder)
    return folder


def tiny_config(vocabulary: int, hidden: int = 32) -> Any:
    from transformers import LlamaConfig

    return LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=512,
        initializer_range=0.3,
        bos_token_id=None,
        eos_token_id=None,
    )


@pytest.fixture(scope="session")
def tiny_tokenizer(tiny_model: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_model)


@pytest.fixture(scope="session")
def make_adapter(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a LoRA of random weights for a model of the tiny one's size, or of another."""

    @cache
    def made(seed: int, hidden: int) -> Path:
        import torch
        from peft import LoraConfig, get_peft_model
        from transformers import LlamaForCausalLM

        torch.manual_seed(seed)
        config = LoraConfig(r=4, lora_alpha=64, target_modules="all-linear", init_lora_weights=False)
        folder = tmp_path_factory.mktemp("made") / "adapter"
        base = LlamaForCausalLM(tiny_config(302, hidden))
        get_peft_model(base, config).save_pretrained(folder, save_embedding_layers=False)
        return folder

    def make(name: str, *, seed: int = 1, hidden: int = 32) -> Path:
        return shutil.copytree(made(seed, hidden), tmp_path_factory.mktemp("adapters") / name)

    return make

"""Guard models: which family one belongs to, and how it comes into memory; the one place that loads them."""

import threading
import time
from dataclasses import dataclass
from typing import Any, Literal
from weakref import WeakValueDictionary

from assistant.errors import ModelUnavailable
from finetune import models
from finetune.errors import FinetuneError
from finetune.settings import FinetuneSettings

Family = Literal["Llama Guard", "Prompt Guard", "Granite Guardian", "ShieldGemma"]
TELLING: dict[str, Family] = {
    "guardian_config": "Granite Guardian",
    "UNSAFE CONTENT CATEGORIES": "Llama Guard",
    "policy expert": "ShieldGemma",
}
"""Words by which a chat template tells whose it is, whatever its folder is called."""
UNKNOWN = "it is no guard model that is known here: name a Llama Guard, Prompt Guard, Granite Guardian or ShieldGemma"
RETRY = 60.0
"""Seconds after which a model that could not be had is looked for again."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A guard model in memory; `name` is what it was asked for by."""

    name: str
    family: Family
    model: Any
    tokenizer: Any
    device: str


class Source:
    """A guard model that is loaded once, by whoever needs it first; rails that name the same one share it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.using = threading.Lock()
        """Held by whoever asks the model: it answers one at a time."""
        self._loading = threading.Lock()
        self._guard: Guard | None = None
        self._failed: tuple[float, ModelUnavailable] | None = None

    def guard(self) -> Guard:
        """Return the model, loading it where it is not loaded yet.

        Raises:
            ModelUnavailable: it is not there, does not fit, or is no guard model. Asked again soon after, it is raised
                at once, so that no message waits for what cannot be had.
        """
        with self._loading:
            if self._guard is None:
                if self._failed and time.monotonic() - self._failed[0] < RETRY:
                    raise self._failed[1]
                try:
                    self._guard = load(self.name)
                except ModelUnavailable as error:
                    self._failed = (time.monotonic(), error)
                    raise
            return self._guard


_SOURCES: WeakValueDictionary[str, Source] = WeakValueDictionary()
_KNOWING = threading.Lock()


def source(name: str) -> Source:
    """Return the source of a model by name: the same one as long as any rail holds it, whatever policy it is of."""
    with _KNOWING:
        found = _SOURCES.get(name)
        if found is None:
            found = _SOURCES[name] = Source(name)
        return found


def load(name: str) -> Guard:
    """Load a guard model from a folder or by its name on the hub, onto the fastest device, in bf16 where it can.

    Raises:
        ModelUnavailable: it is not there, does not fit, or is no guard model.
    """
    from safetensors import SafetensorError

    models.quiet()
    try:
        with models.translated(name):
            return _load(name, models.locate(FinetuneSettings(model=name)))
    except FinetuneError as error:
        raise ModelUnavailable(f"the guard model cannot be had: {error}") from error
    except (SafetensorError, RuntimeError) as error:
        raise ModelUnavailable(f"the guard model {name} is damaged: fetch it anew from its publisher") from error


def _load(name: str, place: str) -> Guard:
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

    local = models.kept_here(place)
    config = AutoConfig.from_pretrained(place, local_files_only=local)
    tokenizer = AutoTokenizer.from_pretrained(place, local_files_only=local)
    kind = family(name, config, str(tokenizer.chat_template or ""))
    if kind is None:
        raise ValueError(UNKNOWN)
    device = models.best_device()
    made = AutoModelForSequenceClassification if kind == "Prompt Guard" else AutoModelForCausalLM
    model = made.from_pretrained(place, local_files_only=local, dtype=models.best_dtype(device))
    return Guard(name, kind, model.to(device).eval(), tokenizer, device)


def family(name: str, config: Any, template: str) -> Family | None:
    """Tell the family of a model from its architecture, its chat template and its name."""
    if config.model_type == "deberta-v2" and config.num_labels > 1:
        return "Prompt Guard"
    for words, kind in TELLING.items():
        if words in template:
            return kind
    return "ShieldGemma" if config.model_type == "gemma2" and "shieldgemma" in name.lower() else None

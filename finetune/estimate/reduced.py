"""Models of the same widths as the real one, with few layers and random weights, and recipes to try on them."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from finetune import models
from finetune.estimate.parameters import Parameters
from finetune.recipe import Recipe
from finetune.settings import FinetuneSettings
from finetune.training import LARGE

SMALL, BIG = (2, 8), (1, 3)
"""How many layers the two models have: the further apart, the surer the line through them, and the dearer."""
BIG_LAYER = 50_000_000
"""Parameters from which a layer is a big one."""


def depths(parameters: Parameters, recipe: Recipe, config: Any) -> tuple[int, ...]:
    """Choose how many layers the reduced models have; the real number alone where that is hardly more.

    What is trained stays the same at each depth, and so does the mixture of kinds of layers.
    """
    period = _period(list(_text(config).get("layer_types") or ["same"]))
    pair = BIG if parameters.layer >= BIG_LAYER else SMALL
    kept = _reach(recipe, parameters.layers)
    shallow, deep = (-(-(depth + kept) // period) * period for depth in pair)
    if shallow == deep:
        deep += period
    return (parameters.layers,) if deep >= parameters.layers else (shallow, deep)


def write(settings: FinetuneSettings, config: Any, depth: int, folder: Path) -> None:
    """Write a model of so many layers with random weights, and the real model's tokenizer, as a model folder."""
    import torch
    from transformers import AutoModelForCausalLM

    cut = deepcopy(config)
    text = cut.get_text_config()
    layers = text.num_hidden_layers
    for name, value in _text(config).items():
        if isinstance(value, list) and len(value) == layers:
            setattr(text, name, value[:depth])
    text.num_hidden_layers = depth
    with models.translated(settings.model):
        model = AutoModelForCausalLM.from_config(cut, dtype=config.dtype or torch.float32)
    model.save_pretrained(folder)
    models.load_tokenizer(settings).save_pretrained(folder)


def trial(recipe: Recipe, parameters: Parameters, depth: int, steps: int) -> Recipe:
    """Change a recipe so that it does on a reduced model, for a few steps, what it would do on the real one."""
    table = {key: value for key, value in recipe.training.items() if not key.startswith("eval_")}
    table = {
        # the default depends on the size of the model
        "gradient_checkpointing": parameters.all > LARGE,
        **table,
        "gradient_accumulation_steps": 1,
        "max_steps": steps,
        "logging_steps": 1,
        # it changes neither time nor memory, and random weights are to bear it
        "learning_rate": 1e-6,
    }
    return replace(recipe, patience=None, lora=_shifted(recipe.lora, parameters.layers - depth), training=table)


def _reach(recipe: Recipe, layers: int) -> int:
    """Say how many layers from the top are trained where it is not all of them alike, else 0."""
    if recipe.adaptation == "last-layers":
        return recipe.layers
    named = recipe.lora.get("layers_to_transform") if recipe.adaptation == "lora" else None
    return layers - min(_numbers(named)) if named is not None else 0


def _shifted(lora: Mapping[str, Any], by: int) -> Mapping[str, Any]:
    """Let numbers of layers mean the same ones, counted from the top."""
    if lora.get("layers_to_transform") is None:
        return lora
    return {**lora, "layers_to_transform": [number - by for number in _numbers(lora["layers_to_transform"])]}


def _numbers(named: Any) -> list[int]:
    return [named] if isinstance(named, int) else list(named)


def _period(kinds: list[str]) -> int:
    """Return after how many layers their kinds repeat themselves."""
    return next(p for p in range(1, len(kinds) + 1) if all(kinds[i] == kinds[i % p] for i in range(len(kinds))))


def _text(config: Any) -> dict[str, Any]:
    return dict(config.get_text_config().to_dict())

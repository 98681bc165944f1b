"""How much the judging after a run reads and writes: told by a toy model that goes through all of it.

It knows the real model's words and nothing else: its answers are as long as answers may be. So this is an upper bound
for a model that knows when to stop, and "about" what comes.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from finetune import preferences, rewards
from finetune.estimate.shapes import counts
from finetune.evaluation.scoring import Asked, results
from finetune.evaluation.sets import read as read_sets
from finetune.recipe import Recipe
from finetune.registry import Registry
from finetune.rows import Rows
from finetune.settings import FinetuneSettings

FORWARD = 0.4
"""The share of a step that its forward pass takes, where an adapter is trained."""
WRITTEN = 2.0
"""How many tokens could be read in the time in which one is written: a batch of answers is few tokens at once."""


def tokens(settings: FinetuneSettings, recipe: Recipe, rows: Rows, tokenizer: Any) -> float:
    """Count the tokens that all models together read to be judged, and those that they write by what they cost.

    The base and the candidate are judged, and what serves now where that is neither; a reward by held-out pairs alone.
    """
    registry = Registry(settings.adapters_dir)
    if recipe.method == rewards.METHOD:
        judged = 1 if rewards.latest(registry, settings.model) is None else 2
        pairs = preferences.pairs(rows.held_out)
        said = [[*row["prompt"], *answer] for row in pairs for answer in (row["chosen"], row["rejected"])]
        return judged * sum(counts(said, tokenizer))
    judged = 2 if registry.active(settings.model) is None else 3
    return judged * _gone_through(settings, rows, tokenizer)


def _gone_through(settings: FinetuneSettings, rows: Rows, tokenizer: Any) -> float:
    """Judge a toy model, and count the tokens that went through it."""
    with tempfile.TemporaryDirectory(prefix="judging-") as scratch:
        _write_toy(Path(scratch) / "model", tokenizer)
        toy = settings.model_copy(
            update={"model": str(Path(scratch) / "model"), "home": Path(scratch) / "home", "quantize": "none"}
        )
        with _counted() as found:
            results(toy, None, rows.held_out, Asked(read_sets(), tuple(rows.rated)))
    return sum(found)


def _write_toy(folder: Path, tokenizer: Any) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        num_key_value_heads=1,
        max_position_embeddings=1 << 17,
        bos_token_id=None,
        eos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@contextmanager
def _counted() -> Iterator[list[float]]:
    """Count the tokens of each pass through an embedding; one token a row is written, more are read."""
    import torch
    from torch.nn.modules.module import register_module_forward_pre_hook

    found: list[float] = []

    def enter(module: Any, given: Any) -> None:
        if isinstance(module, torch.nn.Embedding):
            found.append(given[0].numel() * (WRITTEN if given[0].shape[-1] == 1 else 1.0))

    hook = register_module_forward_pre_hook(enter)
    try:
        yield found
    finally:
        hook.remove()

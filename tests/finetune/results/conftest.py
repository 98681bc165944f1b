"""Adapters on the tiny model that change what it says, made without a training."""

from collections.abc import Callable
from pathlib import Path

import pytest

from finetune import models
from finetune.gate import Decision, Scores
from finetune.registry import Adapter, Card, Registry
from finetune.settings import FinetuneSettings

SCORES = Scores(preference=0.5, grounded=0.4, refusals=0.5, general=0.5, substance=0.5, variety=1.0, comparisons=7)
DECISION = Decision(True, ("it gained",), SCORES, SCORES, SCORES)


@pytest.fixture
def make(settings: FinetuneSettings, tmp_path: Path) -> Callable[..., Adapter]:
    """Make an adapter by PEFT's arguments and put it into the registry."""

    def made(name: str = "short", *, method: str = "kto", **lora: object) -> Adapter:
        import torch
        from peft import LoraConfig, get_peft_model

        torch.manual_seed(1)
        given = {"r": 8, "target_modules": "all-linear", "init_lora_weights": False, **lora}
        model = get_peft_model(models.load(settings).model, LoraConfig(task_type="CAUSAL_LM", **given))
        with torch.no_grad():
            for weight in model.parameters():
                if weight.requires_grad:
                    weight += 0.1 * torch.randn_like(weight)
        model.save_pretrained(tmp_path / f"trained-{name}")
        card = Card(base=settings.model, method=method, dataset={"digest": "abc", "up": 1200}, decision=DECISION)
        return Registry(settings.adapters_dir).add(name, tmp_path / f"trained-{name}", card)

    return made

"""A tiny model that learnt rows by heart."""

from collections.abc import Callable, Sequence

import pytest

from finetune import models
from finetune.models import Loaded
from finetune.preferences import Demonstration

STEPS = 150


@pytest.fixture
def taught(settings) -> Callable[[Sequence[Demonstration]], Loaded]:
    """Teach the tiny model whole rows, all its weights at once, until it knows them."""
    import torch

    def teach(rows: Sequence[Demonstration]) -> Loaded:
        loaded = models.load(settings)
        loaded.model.float().train()
        texts = [
            loaded.tokenizer.apply_chat_template([*row["prompt"], *row["completion"]], tokenize=False) for row in rows
        ]
        batch = loaded.tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
        hidden = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
        optimizer = torch.optim.Adam(loaded.model.parameters(), lr=1e-2)
        for _ in range(STEPS):
            loss = loaded.model(**batch, labels=hidden).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if loss.item() < 0.02:
                break
        loaded.model.eval()
        return loaded

    return teach

"""The lean forward pass gives what TRL's own gives: the same losses and the same gradients."""

import copy
from dataclasses import replace

import pytest
import torch

from finetune import adaptation, fusing, lean, models, preferences, recipe, training

TRAINERS = {"dpo": "DPOTrainer", "kto": "KTOTrainer", "sft": "SFTTrainer", "reward": "RewardTrainer"}


def trainer_of(method, settings, rows, tmp_path):
    import trl

    loaded = models.load_scorer(settings) if method == "reward" else models.load(settings)
    loaded.model.float()
    chosen = replace(recipe.default(method), training={"per_device_train_batch_size": 4, "bf16": False})
    config = getattr(trl, TRAINERS[method].replace("Trainer", "Config"))
    arguments = training.configure(config, chosen, tmp_path, loaded.model, max_length=None)
    return getattr(trl, TRAINERS[method])(
        model=loaded.model,
        args=arguments,
        train_dataset=training.dataset(rows),
        processing_class=loaded.tokenizer,
        peft_config=adaptation.peft_config(chosen, loaded.model),
    )


def loss_and_gradients(trainer, batch):
    trainer.model.zero_grad()
    counted = trainer._get_num_items_in_batch([batch], trainer.args.device)  # as in training
    loss = trainer.compute_loss(trainer.model, copy.deepcopy(batch), num_items_in_batch=counted)
    loss.backward()
    return loss.detach(), [w.grad.clone() for w in trainer.model.parameters() if w.grad is not None]


@pytest.mark.parametrize("method", TRAINERS)
def test_losses_and_gradients_are_those_of_the_full_computation(method, settings, rate, tmp_path):
    question = "a question that is much longer than its answers are " * 4
    rated = [rate(n, question=f"{question} {n // 2}", rating="up" if n % 2 else "down") for n in range(8)]
    shapes = {"dpo": preferences.pairs, "kto": preferences.labels, "sft": preferences.demonstrations}
    shapes["reward"] = preferences.pairs
    trainer = trainer_of(method, settings, shapes[method](rated), tmp_path)
    for name, weight in trainer.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    batch = next(iter(trainer.get_train_dataloader()))
    trainer.model.train()
    loss, gradients = loss_and_gradients(trainer, batch)
    inner, heavy = trainer.model.get_base_model(), []
    theirs = inner.forward
    inner.forward = lambda *args, **given: heavy.append(sorted(given)) or theirs(*args, **given)
    lean.lighten(trainer.model)
    fusing.fuse(trainer.model)
    lean_loss, lean_gradients = loss_and_gradients(trainer, batch)
    assert method == "reward" or not heavy
    assert lean_loss == pytest.approx(float(loss), abs=1e-5)
    assert len(gradients) == len(lean_gradients) > 0
    for one, other in zip(gradients, lean_gradients, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_a_model_of_another_make_keeps_its_own_forward_pass(settings):
    model = models.load(settings).model
    model.config.sliding_window = 8
    before = model.forward
    lean.lighten(model)
    assert model.forward == before

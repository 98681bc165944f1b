"""A run is watched: stopped early when it learns no more, given up when it is lost."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from finetune import callbacks, preferences, recipe, sft
from finetune.errors import TrainingFailed


def at(step):
    return SimpleNamespace(global_step=step, max_steps=100)


def watch(losses):
    watching = callbacks.Watching(rising=True)
    for number, loss in enumerate(losses, 1):
        watching.on_log(None, at(number), None, {"loss": loss})


def test_a_loss_that_rises_and_stays_up_ends_the_run():
    with pytest.raises(TrainingFailed, match=r"the loss rose from 1\.00 to .* lower learning_rate"):
        watch([1.0] * 10 + [9.0] * 10)


def test_a_single_bad_step_is_no_divergence():
    watch([1.0] * 10 + [9.0] + [1.0] * 10)


def test_a_loss_that_is_no_number_ends_the_run():
    with pytest.raises(TrainingFailed, match="no longer a number at step 2"):
        watch([1.0, float("nan")])


def test_a_run_stops_early_and_keeps_what_did_best(settings, rate, tmp_path):
    rows = preferences.demonstrations([rate(n) for n in range(16)])
    other = preferences.demonstrations([rate(n, answer=f"something else entirely {n * 7}") for n in range(50, 54)])
    table = {"num_train_epochs": 30, "learning_rate": 3e-2, "lr_scheduler_type": "constant"}
    chosen = replace(recipe.default("sft"), patience=2, training={"per_device_train_batch_size": 8, **table})
    steps = []
    adapter = sft.train(settings, chosen, rows, tmp_path / "run", steps.append, other)
    looks = [step.figures["validation_loss"] for step in steps if "validation_loss" in step.figures]
    assert steps[-1].step < 60
    assert looks.index(min(looks)) == len(looks) - 3
    assert adapter.name == "best"

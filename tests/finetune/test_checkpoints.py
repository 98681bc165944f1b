"""A killed run goes on from its last whole checkpoint, and ends with the weights of one that was left alone."""

import json
import multiprocessing
import random
import time
from dataclasses import replace

import pytest

from finetune import checkpoints, preferences, recipe, sft
from finetune.pipeline import TRAIN
from finetune.rows import SHAPES

WEIGHTS = "adapter_model.safetensors"


def written(folder, step, *, whole=True):
    (folder / f"checkpoint-{step}").mkdir(parents=True)
    if whole:
        (folder / f"checkpoint-{step}" / checkpoints.STATE).write_text(json.dumps({"global_step": step}))


def test_a_checkpoint_that_was_broken_off_does_not_count(tmp_path):
    written(tmp_path, 9)
    written(tmp_path, 10)
    written(tmp_path, 11, whole=False)
    assert checkpoints.latest(tmp_path).name == "checkpoint-10"


def test_without_a_checkpoint_a_run_begins_at_the_beginning(tmp_path):
    assert checkpoints.latest(tmp_path) is None


class Stopped(BaseException):
    """Ends a run where a test wants it to end."""


def broken_off(method, settings, chosen, rows, output, at):
    def stop(step):
        if step.step == at:
            raise Stopped

    with pytest.raises(Stopped):
        TRAIN[method](settings, chosen, rows, output, stop)


@pytest.mark.parametrize("method", ["sft", "dpo", "kto", "orpo", "reward"])
def test_a_run_that_was_broken_off_ends_like_one_that_was_not(method, settings, rate, tmp_path):
    settings = settings.model_copy(update={"checkpoint_seconds": 0.0})
    rows = SHAPES[method]([rate(n, question=f"q{n // 2}", rating="up" if n % 2 else "down") for n in range(16)])
    default = recipe.default(method)
    chosen = replace(default, lora={"r": 4, "lora_dropout": 0.1}, training={**default.training, "max_steps": 6})
    alone = TRAIN[method](settings, chosen, rows, tmp_path / "alone", lambda step: None)
    broken_off(method, settings, chosen, rows, tmp_path / "broken", at=4)
    steps = []
    resumed = TRAIN[method](settings, chosen, rows, tmp_path / "broken", steps.append)
    assert steps[0].step == 4
    assert (resumed / WEIGHTS).read_bytes() == (alone / WEIGHTS).read_bytes()


def test_a_run_broken_off_in_a_later_epoch_meets_its_rows_in_the_same_order(settings, rate, tmp_path):
    settings = settings.model_copy(update={"checkpoint_seconds": 0.0})
    rows = preferences.demonstrations([rate(n, rating="up", answer="so " * (n + 1)) for n in range(10)])
    chosen = replace(recipe.default("sft"), training={"max_steps": 13, "per_device_train_batch_size": 2})
    alone = TRAIN["sft"](settings, chosen, rows, tmp_path / "alone", lambda step: None)
    broken_off("sft", settings, chosen, rows, tmp_path / "broken", at=8)
    resumed = TRAIN["sft"](settings, chosen, rows, tmp_path / "broken", lambda step: None)
    assert (resumed / WEIGHTS).read_bytes() == (alone / WEIGHTS).read_bytes()


@pytest.fixture
def training_process(monkeypatch):
    """Starts runs in processes of their own: forks of one that has imported everything and computed nothing."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["finetune.sft", "transformers.models.llama", "trl.trainer.sft_trainer"])

    def start(*arguments):
        process = server.Process(target=sft.train, args=(*arguments, str))
        process.start()
        return process

    return start


def reached(folder):
    latest = checkpoints.latest(folder)
    return checkpoints.step(latest) if latest else 0


def test_five_kills_at_random_moments_change_nothing(settings, rate, training_process, tmp_path):
    settings = settings.model_copy(update={"checkpoint_seconds": 0.0})
    rows = preferences.demonstrations([rate(n, rating="up", answer="so " * (n + 1)) for n in range(24)])
    chosen = replace(recipe.default("sft"), training={"max_steps": 80, "per_device_train_batch_size": 4})
    training_process(settings, chosen, rows, tmp_path / "alone").join()
    moments = random.Random(5)
    for _ in range(5):
        end = reached(tmp_path / "killed") + moments.randint(1, 8)
        process = training_process(settings, chosen, rows, tmp_path / "killed")
        while process.is_alive() and reached(tmp_path / "killed") < end:
            time.sleep(0.005)
        time.sleep(moments.random() * 0.05)
        process.kill()
        process.join()
        assert end <= reached(tmp_path / "killed") < 80
    training_process(settings, chosen, rows, tmp_path / "killed").join()
    weights = [tmp_path / run / "adapter" / WEIGHTS for run in ("killed", "alone")]
    assert weights[0].read_bytes() == weights[1].read_bytes()

"""Each method turns its rows into an adapter, by the same steps; here a tiny model with random weights."""

from dataclasses import replace

import pytest

from finetune import dpo, kto, models, preferences, recipe, sft, training
from finetune.errors import BadInput, TrainingFailed
from finetune.pipeline import TRAIN
from finetune.rows import SHAPES

OFFLINE = [method for method in recipe.METHODS if method != "rl"]  # tests/finetune/test_rl.py needs a reward first


def short(method, **training_table):
    default = recipe.default(method)
    small = {"packing": True, "max_length": 64} if method == "pretrain" else {}
    return replace(default, training={**default.training, "max_steps": 3, **small, **training_table})


@pytest.fixture
def paired(rate):
    return [rate(n, question=f"q{n // 2}", rating="up" if n % 2 else "down") for n in range(16)]


@pytest.mark.parametrize("method", OFFLINE)
def test_every_method_saves_an_adapter_alone_and_reports_each_step(method, settings, paired, tmp_path):
    steps = []
    adapter = TRAIN[method](settings, short(method), SHAPES[method](paired), tmp_path / "run", steps.append)
    assert {path.name for path in adapter.iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
        "README.md",
    }
    assert [(step.step, step.steps) for step in steps] == [(1, 3), (2, 3), (3, 3)]
    assert all(step.loss > 0 for step in steps)
    assert all({"learning_rate", "seconds_left", "memory_gb"} <= set(step.figures) for step in steps)
    assert list((tmp_path / "run" / "tensorboard").iterdir())


def test_dpo_reports_margin_and_accuracy(settings, paired, tmp_path):
    steps = []
    dpo.train(settings, short("dpo"), preferences.pairs(paired), tmp_path / "run", steps.append)
    assert {"margin", "accuracy", "learning_rate"} <= set(steps[-1].figures)


@pytest.mark.parametrize("loss", ["kto", "apo_zero_unpaired"])
def test_kto_makes_liked_answers_likelier_than_disliked_ones(loss, settings, ratings, tmp_path):
    sampling = "sequential" if loss == "kto" else "random"
    changed = short("kto", max_steps=12, learning_rate=1e-2, loss_type=loss, train_sampling_strategy=sampling)
    steps = []
    kto.train(settings, changed, preferences.labels(ratings), tmp_path / "run", steps.append)
    margins = [step.figures["margin"] for step in steps if "margin" in step.figures]
    assert margins[-1] > margins[0]


@pytest.mark.parametrize("method", OFFLINE)
def test_the_same_recipe_gives_the_same_weights(method, settings, paired, tmp_path):
    rows = SHAPES[method](paired)
    first, second = (
        TRAIN[method](settings, short(method), rows, tmp_path / run, lambda step: None) for run in ("a", "b")
    )
    weights = "adapter_model.safetensors"
    assert (first / weights).read_bytes() == (second / weights).read_bytes()


def test_rows_that_would_be_cut_are_refused_and_counted(settings, rate, tmp_path):
    rows = preferences.demonstrations([rate(number, answer="many words " * number) for number in range(1, 21)])
    with pytest.raises(BadInput, match=r"\d+ of 20 rows are over 64 tokens \(up to \d+\): raise max_length") as error:
        sft.train(settings, short("sft", max_length=64), rows, tmp_path, lambda step: None)
    assert 0 < int(str(error.value).split()[0]) < 20


def test_rows_longer_than_the_model_reads_are_refused(settings, rate, tmp_path):
    rows = preferences.demonstrations([rate(1, answer="long " * 4096)])
    with pytest.raises(BadInput, match="the model reads no more"):
        sft.train(settings, short("sft"), rows, tmp_path, lambda step: None)


def test_a_loss_that_is_no_number_stops_the_run(settings, ratings, tmp_path):
    rows = preferences.demonstrations(ratings)
    with pytest.raises(TrainingFailed, match="no longer a number"):
        sft.train(settings, short("sft", learning_rate=1e30, warmup_steps=0), rows, tmp_path, lambda step: None)


@pytest.mark.parametrize(
    ("tables", "complaint"),
    [
        ({"training": {"learning_speed": 1}}, "KTOConfig: unexpected keyword argument 'learning_speed'"),
        ({"lora": {"rank": 8}}, "LoraConfig: unexpected keyword argument 'rank'"),
    ],
)
def test_a_key_that_the_libraries_do_not_know_is_refused_by_name(tables, complaint, settings, ratings, tmp_path):
    with pytest.raises(BadInput, match=complaint):
        kto.train(settings, replace(short("kto"), **tables), preferences.labels(ratings), tmp_path, lambda step: None)


class Captured(Exception):
    """Carries the trainer out of a run before it trains."""


@pytest.mark.parametrize(
    ("method", "column"),
    [
        ("sft", "input_ids"),
        ("dpo", "prompt_ids"),
        ("kto", "prompt_ids"),
        ("orpo", "prompt_input_ids"),
        ("reward", "chosen_ids"),
    ],
)
def test_training_reads_the_prompt_exactly_as_serving_writes_it(method, column, settings, rate, tmp_path, monkeypatch):
    def capture(trainer, *rest):
        raise Captured(trainer)

    monkeypatch.setattr(training, "run", capture)
    rated = [rate(n, question=f"q{n // 2}", rating="up" if n % 2 else "down") for n in range(4)]
    rows = SHAPES[method](rated)
    with pytest.raises(Captured) as captured:
        TRAIN[method](settings, short(method), rows, tmp_path / "run", lambda step: None)
    (trainer,) = captured.value.args
    tokenizer = models.load_tokenizer(settings)
    served = {
        tuple(tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, return_dict=False))
        for row in rows
    }
    for row in trainer.train_dataset:
        ids = row[column]
        if method == "sft":
            ids = [token for token, label in zip(ids, row["labels"], strict=True) if label == -100]
        assert any(tuple(ids[: len(prompt)]) == prompt for prompt in served)
        assert method == "reward" or tuple(ids) in served

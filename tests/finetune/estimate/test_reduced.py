"""Reduced models are like the real one in all but their depth."""

from dataclasses import replace

import pytest

from finetune import models, recipe
from finetune.estimate import reduced
from finetune.estimate.parameters import configuration, count

SFT = recipe.parse({"method": "sft"})


@pytest.fixture
def config(settings):
    return configuration(settings)


@pytest.fixture
def deep(settings, config):
    """The counts of a model of thirty small layers."""
    return replace(count(settings, SFT, config), layers=30)


def test_a_reduced_model_loads_like_any_other(settings, config, tmp_path):
    reduced.write(settings, config, 1, tmp_path / "model")
    loaded = models.load(settings.model_copy(update={"model": str(tmp_path / "model")}))
    assert loaded.model.config.num_hidden_layers == 1
    assert loaded.model.config.hidden_size == config.hidden_size
    assert loaded.tokenizer.chat_template == models.load_tokenizer(settings).chat_template


def test_small_layers_are_tried_by_more_of_them(deep, config):
    assert reduced.depths(deep, SFT, config) == reduced.SMALL
    assert reduced.depths(replace(deep, linear=30 * reduced.BIG_LAYER), SFT, config) == reduced.BIG


def test_a_shallow_model_is_tried_at_its_own_depth(deep, config):
    assert reduced.depths(replace(deep, layers=5), SFT, config) == (5,)


def test_the_layers_that_are_trained_are_there_at_each_depth(deep, config):
    last = recipe.parse({"method": "sft", "adaptation": "last-layers", "layers": 3})
    assert reduced.depths(deep, last, config) == (5, 11)
    named = recipe.parse({"method": "sft", "lora": {"layers_to_transform": [28, 29]}})
    assert reduced.depths(deep, named, config) == (4, 10)
    assert reduced.trial(named, deep, 4, 3).lora["layers_to_transform"] == [2, 3]


def test_kinds_of_layers_that_take_turns_are_tried_in_whole_turns(deep, config):
    config.layer_types = [*["sliding_attention"] * 4, "full_attention"] * 6
    assert reduced.depths(deep, SFT, config) == (5, 10)


def test_a_trial_does_what_the_run_would_do_but_for_a_few_steps(deep):
    own = recipe.parse({"method": "sft", "patience": 2, "training": {"optim": "adafactor", "eval_steps": 5}})
    tried = reduced.trial(own, replace(deep, all=2_000_000_000), 2, 3)
    assert tried.patience is None
    assert (tried.training["optim"], tried.training["max_steps"]) == ("adafactor", 3)
    assert tried.training["gradient_checkpointing"] is True
    assert "eval_steps" not in tried.training

"""What of the model is trained follows from the recipe, and whatever it is serves like any adapter."""

from dataclasses import replace

import pytest

from finetune import adaptation, models, preferences, recipe, sft
from finetune.errors import BadInput
from finetune.evaluation.likelihood import likelihoods
from finetune.registry import Adapter, Card
from finetune.results import merging


def easy(**changes):
    default = recipe.default("sft")
    return replace(default, training={"max_steps": 3, "learning_rate": 1e-2}, **changes)


def trained_parameters(settings, chosen):
    from peft import get_peft_model

    model = get_peft_model(models.load(settings).model, adaptation.peft_config(chosen, models.load(settings).model))
    adaptation.choose_trained(chosen, model)
    return {name for name, weight in model.named_parameters() if weight.requires_grad}


def test_the_last_blocks_are_trained_whole_and_nothing_else(settings):
    trained = trained_parameters(settings, easy(adaptation="last-layers", layers=1))
    assert trained
    assert all(".layers.1." in name and "lora_" not in name for name in trained)


@pytest.mark.parametrize("table", [{"use_rslora": True}, {"use_dora": True}])
def test_kin_of_lora_are_a_line_in_the_recipe(table, settings, ratings, tmp_path):
    chosen = easy(lora={"r": 4, **table})
    adapter = sft.train(settings, chosen, preferences.demonstrations(ratings), tmp_path / "run", lambda step: None)
    assert models.load(settings, adapter=adapter).model.peft_config["default"].to_dict() | table == (
        models.load(settings, adapter=adapter).model.peft_config["default"].to_dict()
    )


@pytest.mark.parametrize("changes", [{"adaptation": "last-layers", "layers": 1}, {}])
def test_what_was_trained_is_loaded_and_merged_like_any_adapter(changes, settings, ratings, tmp_path):
    chosen = easy(**changes)
    adapter = sft.train(settings, chosen, preferences.demonstrations(ratings), tmp_path / "run", lambda step: None)
    merging.merge(
        settings, Adapter("x", adapter, "candidate", Card(base=settings.model, method="sft")), tmp_path / "merged"
    )
    asked = [(row.prompt, row.answer) for row in ratings[:4]]
    base, adapted, merged = (
        [one.mean for one in likelihoods(loaded, asked)]
        for loaded in (
            models.load(settings),
            models.load(settings, adapter=adapter),
            models.load(settings.model_copy(update={"model": str(tmp_path / "merged")})),
        )
    )
    assert merged == pytest.approx(adapted, abs=0.03)
    assert max(abs(a - b) for a, b in zip(base, adapted, strict=True)) > 0.01


def test_a_whole_model_is_a_model_folder(settings, ratings, tmp_path):
    chosen = easy(adaptation="full")
    folder = sft.train(settings, chosen, preferences.demonstrations(ratings), tmp_path / "run", lambda step: None)
    tuned = models.load(settings.model_copy(update={"model": str(folder)}))
    asked = [(row.prompt, row.answer) for row in ratings[:4]]
    before, after = ([one.mean for one in likelihoods(loaded, asked)] for loaded in (models.load(settings), tuned))
    assert all(b > a for a, b in zip(before, after, strict=True))


def test_more_blocks_than_there_are_is_refused(settings):
    with pytest.raises(BadInput, match="fewer than 9 blocks"):
        adaptation.peft_config(easy(adaptation="last-layers", layers=9), models.load(settings).model)

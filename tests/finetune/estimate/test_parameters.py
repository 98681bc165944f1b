"""Parameters are counted from the configuration, as many as the real model has."""

import json
import shutil

import pytest

from finetune import adaptation, models, recipe
from finetune.errors import BadInput
from finetune.estimate import parameters


def count(settings, **table):
    chosen = recipe.parse({"method": "sft", **table})
    return parameters.count(settings, chosen, parameters.configuration(settings))


@pytest.mark.parametrize("kind", ["lora", "last-layers", "full"])
def test_the_counts_are_those_of_the_model_that_is_trained(kind, settings):
    from peft import get_peft_model

    chosen = recipe.parse({"method": "sft", "adaptation": kind, "layers": 1})
    counted = parameters.count(settings, chosen, parameters.configuration(settings))
    model = models.load(settings).model
    whole = model.num_parameters()
    described = adaptation.peft_config(chosen, model)
    trained = get_peft_model(model, described) if described else model
    adaptation.choose_trained(chosen, trained)
    assert (counted.all, counted.layers) == (whole, 2)
    assert counted.trained == sum(weight.numel() for weight in trained.parameters() if weight.requires_grad)


def test_a_reward_model_trains_its_head_as_well(settings):
    config = parameters.configuration(settings)
    trained = [
        parameters.count(settings, recipe.parse({"method": method}), config).trained for method in ("sft", "reward")
    ]
    assert trained[1] - trained[0] == config.hidden_size


def test_what_is_in_the_hidden_layers_is_told_from_the_words(settings):
    counted = count(settings)
    assert counted.linear == 2 * (4 * 32 * 32 + 3 * 32 * 64)
    assert counted.layer == counted.linear // 2


def test_layers_that_the_model_does_not_have_are_refused(settings):
    with pytest.raises(BadInput, match=r"\[lora\] table does not fit the model"):
        count(settings, lora={"target_modules": ["nothing_like_it"]})


def test_a_model_that_is_quantised_already_is_refused(settings, tiny_model, tmp_path):
    folder = tmp_path / "quantised"
    shutil.copytree(tiny_model, folder)
    config = json.loads((folder / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "bitsandbytes", "load_in_4bit": True}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(BadInput, match="is quantised already"):
        parameters.configuration(settings.model_copy(update={"model": str(folder)}))

"""Recipes are checked before anything is loaded."""

import pytest

from finetune import recipe
from finetune.errors import BadInput


@pytest.mark.parametrize("method", recipe.METHODS)
def test_every_method_comes_with_a_recipe_that_names_losses(method):
    read = recipe.default(method)
    assert read.method == method
    assert read.may_lose or method == "reward"
    assert set(read.may_lose) <= set(recipe.GATED)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("method = 'kto'\nheldout = 0.2", "unknown key 'heldout'"),
        ("method = 'ppo'", "method must be one of sft, dpo, kto"),
        ("method = 'kto'\nheld_out = 0.9", "held_out must be above 0"),
        ("method = 'kto'\nmust_gain = 'much'", "must_gain must be a number"),
        ("method = 'kto'\n[may_lose]\nspeed = 0.1", "may_lose: unknown key 'speed'"),
        ("method = 'kto'\n[may_lose]\ngrounded = 2", "grounded must be a number between 0 and 1"),
        ("method = 'kto'\nlora = 16", "lora must be a table"),
        ("method = ", "is not TOML"),
    ],
)
def test_a_wrong_recipe_is_refused_with_the_reason(tmp_path, text, complaint):
    (tmp_path / "recipe.toml").write_text(text)
    with pytest.raises(BadInput, match=complaint):
        recipe.read(tmp_path / "recipe.toml")

"""Models that cannot be had are told in one line; what can be had is loaded by one function."""

from pathlib import Path

import pytest
from huggingface_hub import constants

from finetune import models
from finetune.errors import ModelUnavailable
from finetune.settings import load


def test_a_hub_model_that_cannot_be_reached_is_told_in_one_line_that_names_the_alternatives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnavailable) as caught:
        models.check(load(home=tmp_path, model="nobody/has-this-model"))
    text = str(caught.value)
    assert "nobody/has-this-model" in text
    assert "`embedded`" in text
    assert "\n" not in text


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="there is no model folder"):
        models.check(load(home=tmp_path, model=str(tmp_path / "nowhere")))


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"has no config\.json"):
        models.check(load(home=tmp_path, model=str(tmp_path)))


def test_four_bit_is_nf4_with_double_quantisation() -> None:
    config = models.quantization("4bit", "cpu")
    assert (config.bnb_4bit_quant_type, config.bnb_4bit_use_double_quant) == ("nf4", True)
    assert models.quantization("8bit", "cpu").load_in_8bit

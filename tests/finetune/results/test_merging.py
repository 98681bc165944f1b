"""An adapter merged into its base answers like both, and its folder is there complete or not at all."""

import json
from dataclasses import replace

import pytest

from finetune import models
from finetune.errors import BadInput
from finetune.results import likeness, merging


def loaded(settings, folder):
    return models.load(settings.model_copy(update={"model": str(folder)}))


def test_merged_weights_say_what_base_and_adapter_say_and_the_base_does_not(make, settings, tmp_path):
    adapter = make()
    merged = merging.merge(settings, adapter, tmp_path / "merged")
    said = likeness.say(models.load(settings, adapter=adapter.path))
    assert likeness.compare(said, loaded(settings, tmp_path / "merged")) == merged.likeness
    assert merged.likeness.close
    assert not likeness.compare(said, models.load(settings)).close


@pytest.mark.parametrize("modules", [["lm_head"], ["layers.1"]])
def test_modules_that_were_trained_whole_take_the_place_of_the_base_s(modules, make, settings, tmp_path):
    adapter = make(target_modules=["q_proj"], modules_to_save=modules)
    merged = merging.merge(settings, adapter, tmp_path / "merged")
    assert merged.likeness.close
    whole = dict(loaded(settings, tmp_path / "merged").model.named_parameters())
    before = dict(models.load(settings).model.named_parameters())
    changed = {name for name in whole if not whole[name].equal(before[name])}
    assert any(modules[0] in name for name in changed)
    assert all(modules[0] in name or "q_proj" in name for name in changed)


def test_a_quantised_base_is_merged_in_full_precision_and_that_is_said(make, settings, tmp_path):
    four = settings.model_copy(update={"quantize": "4bit"})
    merged = merging.merge(four, make(), tmp_path / "merged")
    assert "quantization_config" not in json.loads((tmp_path / "merged" / "config.json").read_text())
    assert "full precision" in merged.told()[-1]


def test_the_folder_holds_safetensors_template_generation_config_and_card(make, settings, tmp_path):
    merging.merge(settings, make(), tmp_path / "merged")
    there = {path.name for path in (tmp_path / "merged").iterdir()}
    assert {"model.safetensors", "chat_template.jinja", "generation_config.json", "README.md"} <= there
    assert json.loads((tmp_path / "merged" / "config.json").read_text())["dtype"] == "bfloat16"
    assert "1,200" in (tmp_path / "merged" / "README.md").read_text()


def test_large_weights_are_cut_into_files(make, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(merging, "SHARD", "50KB")
    merging.merge(settings, make(), tmp_path / "merged")
    assert len(list((tmp_path / "merged").glob("model-*.safetensors"))) > 1
    assert loaded(settings, tmp_path / "merged").model.num_parameters() == models.load(settings).model.num_parameters()


def test_a_whole_model_that_was_trained_is_its_own_merger(settings, make, tmp_path):
    adapter = make()
    merging.merge(settings, adapter, tmp_path / "whole")
    full = replace(adapter, path=tmp_path / "whole")
    again = merging.merge(settings, full, tmp_path / "again")
    assert (again.likeness.same, again.likeness.difference) == (again.likeness.tokens, 0.0)


def test_a_folder_that_is_not_empty_is_never_merged_into(make, settings, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "precious.txt").write_text("keep me")
    with pytest.raises(BadInput, match="is not empty"):
        merging.merge(settings, make(), tmp_path / "mine")


def test_what_fails_half_way_leaves_nothing_behind(make, settings, tmp_path):
    adapter = make()
    (adapter.path / "adapter_model.safetensors").write_bytes(b"broken")
    with pytest.raises(BadInput, match="cannot be read"):
        merging.merge(settings, adapter, tmp_path / "there" / "merged")
    assert list((tmp_path / "there").iterdir()) == []


def test_weights_that_answer_otherwise_are_not_handed_out(make, settings, tmp_path, monkeypatch):
    monkeypatch.setattr(likeness, "MUST_AGREE", 1.1)
    with pytest.raises(likeness.NotAlike, match="greedy tokens are the same"):
        merging.merge(settings, make(), tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_a_reward_model_is_not_merged_into_one_that_answers(make, settings, tmp_path):
    with pytest.raises(BadInput, match="gives none"):
        merging.merge(settings, make(method="reward"), tmp_path / "merged")

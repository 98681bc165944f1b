"""What vLLM serves is put into a folder with the command to serve it; what it cannot is told in one line."""

import json

import pytest

from finetune.errors import BadInput
from finetune.results import vllm


@pytest.mark.parametrize(("rank", "needed"), [(4, 8), (16, 16), (20, 32), (300, 320)])
def test_the_smallest_rank_that_vllm_knows_and_that_is_enough_is_asked_for(rank, needed, make, settings, tmp_path):
    ready = vllm.export(settings, make(r=rank), tmp_path / "out")
    assert ready.rank == needed
    assert f"--max-lora-rank {needed} --lora-modules short={tmp_path / 'out'}" in ready.command


def test_the_folder_holds_the_same_weights_and_no_path_of_this_machine(make, settings, tmp_path):
    adapter = make()
    vllm.export(settings, adapter, tmp_path / "out")
    there = {path.name for path in (tmp_path / "out").iterdir()}
    assert there == {"adapter_config.json", "adapter_model.safetensors", "README.md"}
    weights = "adapter_model.safetensors"
    assert (tmp_path / "out" / weights).read_bytes() == (adapter.path / weights).read_bytes()
    text = (tmp_path / "out" / "adapter_config.json").read_text()
    assert "/" not in json.loads(text)["base_model_name_or_path"]
    assert settings.model not in text + (tmp_path / "out" / "README.md").read_text()


def test_peft_reads_the_folder_as_it_reads_the_adapter(make, settings, tmp_path):
    from finetune import models
    from finetune.results import likeness

    adapter = make()
    vllm.export(settings, adapter, tmp_path / "out")
    said = likeness.say(models.load(settings, adapter=adapter.path))
    assert likeness.compare(said, models.load(settings, adapter=tmp_path / "out")).difference == 0


@pytest.mark.parametrize(
    ("lora", "reason"),
    [
        ({"use_dora": True}, "it uses use_dora"),
        ({"target_modules": ["q_proj"], "modules_to_save": ["lm_head"]}, "it uses modules_to_save"),
        ({"bias": "lora_only"}, "its biases were trained"),
        ({"r": 600}, "its rank is 600, and 512 is the highest"),
        ({"rank_pattern": {"q_proj": 4}}, "its layers differ in rank"),
        ({"target_modules": ["q_proj", "embed_tokens"]}, "it changes the layers of the vocabulary"),
        ({"target_modules": ["q_proj", "lm_head"]}, "it changes the layers of the vocabulary"),
    ],
)
def test_what_vllm_cannot_serve_is_refused_by_name(lora, reason, make, settings, tmp_path):
    with pytest.raises(BadInput, match=reason) as caught:
        vllm.export(settings, make(**lora), tmp_path / "out")
    assert "use `merge`" in str(caught.value)
    assert not (tmp_path / "out").exists()

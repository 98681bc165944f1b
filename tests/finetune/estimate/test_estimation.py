"""An estimate tells what a run will take, and refuses what cannot be."""

import json
import shutil

import pytest

from finetune import __main__ as command_line
from finetune import examples, recipe
from finetune.errors import BadInput
from finetune.estimate.estimation import estimate


@pytest.fixture
def dataset(tmp_path, rate):
    """Eighty ratings of forty conversations, of two lengths."""
    rated = [
        rate(
            n,
            rating="up" if n % 2 else "down",
            conversation_id=f"c{n // 2}",
            question=f"q{n // 2}",
            answer="a long answer " * (1 + n % 9),
        )
        for n in range(80)
    ]
    examples.write(tmp_path / "rated.jsonl", rated)
    return tmp_path / "rated.jsonl"


@pytest.fixture
def huge(tiny_model, tmp_path):
    """A model of 1.4 thousand billion parameters, of which there is nothing but the configuration."""
    folder = tmp_path / "huge"
    shutil.copytree(tiny_model, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    config = json.loads((folder / "config.json").read_text())
    wide = {"hidden_size": 32768, "intermediate_size": 131072, "num_hidden_layers": 80, "num_attention_heads": 256}
    (folder / "config.json").write_text(json.dumps({**config, **wide, "num_key_value_heads": 256, "head_dim": 128}))
    return str(folder)


def short(method, **training):
    table = {"per_device_train_batch_size": 4, "num_train_epochs": 1, **training}
    return recipe.parse({"method": method, "training": table})


def test_an_estimate_tells_parameters_memory_steps_and_time(settings, dataset):
    found = estimate(settings, short("dpo"), dataset)
    assert (found.steps, found.parameters.layers) == (8, 2)
    assert 0 < found.parameters.trained < found.parameters.all
    assert 100_000_000 < found.memory.peak < found.capacity
    assert found.time.steps > 0
    assert found.time.reference == 0


def test_the_reference_of_dpo_counts_where_it_comes_first(settings, dataset):
    found = estimate(settings, short("dpo", precompute_ref_log_probs=True), dataset)
    assert 0 < found.time.reference < found.time.steps


def test_what_cannot_fit_is_refused_before_anything_is_built(settings, huge, dataset):
    chosen = settings.model_copy(update={"model": huge})
    with pytest.raises(BadInput, match=r"needs \d+\.\d GB of memory, .*use a smaller model \(up to about"):
        estimate(chosen, short("sft"), dataset)


def test_the_command_prints_for_people_and_for_machines(settings, dataset, tmp_path, capsys):
    (tmp_path / "short.toml").write_text('method = "sft"\n[training]\nmax_steps = 2\n')
    shared = ["--recipe", str(tmp_path / "short.toml"), "--home", str(settings.home), "--model", settings.model]
    assert command_line.main(["estimate", "sft", str(dataset), *shared, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["steps"] == 2
    assert found["memory"]["peak"] > sum(found["memory"][part] for part in ("process", "weights"))
    assert command_line.main(["estimate", "kto", str(dataset), *shared]) == 2
    assert "is a recipe for sft, not for kto" in capsys.readouterr().err

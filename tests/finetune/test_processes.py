"""A run may be spread over processes; one of them speaks for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from finetune import examples, processes
from finetune.registry import Registry

ROOT = Path(__file__).parents[2]


def test_alone_a_process_speaks_for_the_run_and_holds_all_weights(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED"):
        monkeypatch.delenv(name, raising=False)
    assert (processes.first(), processes.world(), processes.sharded()) == (True, 1, False)


@pytest.mark.parametrize("name", ["ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED"])
def test_what_accelerate_launches_is_told_by_its_environment(name, monkeypatch):
    monkeypatch.setenv(name, "true")
    monkeypatch.setenv("RANK", "3")
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert (processes.first(), processes.sharded(), processes.device()) == (False, True, "cuda:1")


def test_two_processes_train_one_adapter_and_tell_it_once(settings, ratings, tmp_path):
    examples.write(tmp_path / "rated.jsonl", ratings)
    (tmp_path / "recipe.toml").write_text('method = "sft"\npromote = false\n[training]\nmax_steps = 3\n')
    launch = ["accelerate.commands.launch", "--cpu", "--num_processes", "2", "--num_machines", "1"]
    command = [sys.executable, "-m", *launch, "--mixed_precision", "no", "-m", "finetune", "sft"]
    command += [str(tmp_path / "rated.jsonl"), "--name", "two", "--recipe", str(tmp_path / "recipe.toml")]
    command += ["--home", str(settings.home), "--model", settings.model, "--json"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout[done.stdout.index("{") :])["name"] == "two"
    assert done.stderr.count("step 3/3") == 1
    assert Registry(settings.adapters_dir).get("two").card.method == "sft"

"""A run is a process of its own, and its folder tells the truth about it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from finetune import examples, jobs, locks, runs
from finetune.errors import BadInput, TrainingFailed
from finetune.registry import Registry
from finetune.training import Progress, Step

ROOT = Path(__file__).parents[2]
TINY = """
method = "kto"
promote = true
[may_lose]
grounded = 1.0
refusals = 1.0
general = 1.0
substance = 1.0
variety = 1.0
[training]
loss_type = "apo_zero_unpaired"
max_steps = {steps}
learning_rate = 1e-2
"""

TRAINING = """
import sys, time
from pathlib import Path
from finetune import jobs, runs
from finetune.settings import FinetuneSettings
from finetune.training import Progress, Step

with jobs.record(FinetuneSettings(home=Path(sys.argv[1])), "killed", "kto") as diary:
    diary.note(Progress("training", Step(1, 4, 0.5)))
    print("on", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def dataset(tmp_path, ratings):
    examples.write(tmp_path / "rated.jsonl", ratings)
    return tmp_path / "rated.jsonl"


@pytest.fixture
def recipe(tmp_path):
    def write(steps):
        (tmp_path / "recipe.toml").write_text(TINY.format(steps=steps))
        return tmp_path / "recipe.toml"

    return write


def wait_for(run, until, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        run = runs.read(run.path)
        if until(run) or not run.on:
            return run
        time.sleep(0.2)
    raise AssertionError(f"waited in vain: {run}")


def test_a_run_goes_on_by_itself_until_its_adapter_serves(settings, dataset, recipe):
    run = jobs.start(settings, dataset, "short", method="auto", recipe=recipe(12))
    with pytest.raises(BadInput, match=r"another run is on \(short\)"):
        jobs.start(settings, dataset, "second")
    ended = wait_for(run, lambda seen: False)
    assert (ended.state, ended.error, ended.method) == ("done", None, "kto")
    assert (ended.step, ended.steps, len(ended.losses)) == (12, 12, 12)
    assert ended.decision.passed
    assert ended.ended >= ended.started
    assert Registry(settings.adapters_dir).active().name == "short"
    assert [seen.name for seen in runs.all_runs(settings)] == ["short"]
    with pytest.raises(BadInput, match="already a run short"):
        jobs.start(settings, dataset, "short")


def test_a_stopped_run_ends_at_once_and_makes_way_for_the_next(settings, dataset, recipe):
    run = jobs.start(settings, dataset, "endless", method="kto", recipe=recipe(100_000))
    wait_for(run, lambda seen: seen.step > 2)
    stopped = jobs.stop(run)
    assert stopped.state == "stopped"
    assert runs.read(run.path).state == "stopped"
    with jobs.record(settings, "endless", "kto") as diary:
        diary.close(None)
    assert runs.read(run.path).state == "done"


def test_a_run_that_was_killed_reads_as_failed(settings):
    process = subprocess.Popen(
        [sys.executable, "-c", TRAINING, str(settings.home)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "on\n"
    assert runs.read(settings.runs_dir / "killed").state == "training"
    process.kill()
    process.communicate()
    ended = runs.read(settings.runs_dir / "killed")
    assert ended.state == "failed"
    assert "the process of the run died" in ended.error


def test_what_goes_wrong_stands_in_the_status_in_one_line(settings):
    def fail():
        with jobs.record(settings, "bad", "kto"):
            raise TrainingFailed("the loss is no longer a number")

    with pytest.raises(TrainingFailed):
        fail()
    run = runs.read(settings.runs_dir / "bad")
    assert (run.state, run.error) == ("failed", "the loss is no longer a number")


def test_steps_are_read_while_they_are_written(settings):
    with jobs.record(settings, "live", "kto") as diary:
        diary.note(Progress("training", Step(1, 4, 0.5, {"margin": 0.1})))
        diary.note(Progress("training", Step(2, 4, 0.4, {"margin": 0.2})))
        with (settings.runs_dir / "live" / "progress.jsonl").open("a") as file:
            file.write('{"step": 3, "st')
        run = runs.read(settings.runs_dir / "live")
    assert (run.state, run.step, run.steps, run.losses, run.figures) == ("training", 2, 4, (0.5, 0.4), {"margin": 0.2})


def test_only_one_run_is_on_at_a_time(settings):
    with (
        jobs.record(settings, "one", "kto"),
        pytest.raises(BadInput, match=r"another run is on \(one\)"),
        jobs.record(settings, "two", "kto"),
    ):
        pass


def test_a_run_of_a_dead_process_holds_nothing(settings):
    settings.runs_dir.mkdir(parents=True)
    (settings.runs_dir / "lock").write_text('{"name": "dead", "pid": 1}')
    with jobs.record(settings, "next", "kto") as diary:
        diary.close(None)
    assert runs.read(settings.runs_dir / "next").state == "done"


def test_a_name_that_leaves_the_folder_is_refused(settings, dataset):
    with pytest.raises(BadInput, match="cannot name"):
        jobs.start(settings, dataset, "../../outside")


def test_there_is_no_run_where_there_is_none(settings, tmp_path):
    assert runs.all_runs(settings) == []
    with pytest.raises(BadInput, match="there is no run"):
        runs.read(tmp_path / "none")


def test_a_killed_run_goes_on_where_it_was_and_makes_no_step_twice(settings, dataset, recipe, monkeypatch):
    monkeypatch.setenv("APPRENTICE_FINETUNE_CHECKPOINT_SECONDS", "0")
    run = jobs.start(settings, dataset, "killed", method="kto", recipe=recipe(40))
    wait_for(run, lambda run: run.step >= 5)
    os.kill(locks.holder_pid(settings.runs_dir), signal.SIGKILL)
    wait_for(run, lambda run: False)
    assert runs.read(run.path).state == "failed"
    resumed = wait_for(jobs.resume(settings, "killed"), lambda run: run.state == "done", seconds=240)
    assert resumed.state == "done"
    assert [step.step for step in resumed.history] == list(range(1, 41))
    assert resumed.model == settings.model


def test_only_a_run_that_was_broken_off_can_be_resumed(settings):
    with jobs.record(settings, "short", "kto") as diary:
        with pytest.raises(BadInput, match="the run short is starting"):
            jobs.resumable(settings, "short")
        diary.close(None)
    with pytest.raises(BadInput, match="the run short is done"):
        jobs.resumable(settings, "short")
    with pytest.raises(BadInput, match="there is no run other"):
        jobs.resumable(settings, "other")


def test_a_run_that_never_trained_is_started_again_and_not_resumed(settings):
    with pytest.raises(TrainingFailed), jobs.record(settings, "short", "kto"):
        raise TrainingFailed("lost")
    with pytest.raises(BadInput, match="never began to train: start it again"):
        jobs.resumable(settings, "short")

"""Runs as processes of their own: start one, let one go on, stop it, and write down how it ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from finetune import locks, runs
from finetune.errors import BadInput, FinetuneError
from finetune.registry import check_name
from finetune.runs import Diary, Run
from finetune.settings import FinetuneSettings

PATIENCE = 10.0
"""Seconds that a run is given to stop by itself."""
_ROOT = Path(__file__).resolve().parents[1]


def start(
    settings: FinetuneSettings, dataset: Path, name: str, *, method: str = "auto", recipe: Path | None = None
) -> Run:
    """Start a run in a process of its own, which goes on when this one ends.

    Raises:
        BadInput: another run is on, or the name is taken.
    """
    command = [method, str(dataset.resolve()), "--name", name]
    command += ["--recipe", str(recipe.resolve())] if recipe else []
    with locks.lock(settings) as lock:
        folder = runs.make_folder(settings, name)
        run = _begun(settings, Run(name=name, path=folder, method=method, dataset=str(dataset.resolve())))
        runs.write_status(run)
        _spawn(settings, lock, name, command)
    return run


def resume(settings: FinetuneSettings, name: str) -> Run:
    """Let a run that was broken off go on from its last checkpoint, in a process of its own.

    Raises:
        BadInput: there is no such run, it has ended by itself, or another one is on.
    """
    run = resumable(settings, name)
    with locks.lock(settings) as lock:
        run = replace(run, state="starting", error=None, ended=None)
        runs.write_status(run)
        _spawn(as_started(settings, run), lock, name, ["resume", name])
    return run


def resumable(settings: FinetuneSettings, name: str) -> Run:
    """Return a run that was broken off and can go on.

    Raises:
        BadInput: there is no such run, it is on, has ended by itself, or never began to train.
    """
    run = runs.read(settings.runs_dir / check_name(name))
    if locks.GIVEN in os.environ:  # whoever started this process has looked
        return run
    if run.on or run.state == "done":
        raise BadInput(f"the run {name} is {run.state}: only one that was stopped or has failed can be resumed")
    if not (run.path / "recipe.json").exists():
        raise BadInput(f"the run {name} never began to train: start it again")
    return run


def as_started(settings: FinetuneSettings, run: Run) -> FinetuneSettings:
    """Return the settings with the model that a run was started on."""
    return settings.model_copy(update={"model": run.model or settings.model, "quantize": run.quantize})


def _begun(settings: FinetuneSettings, run: Run) -> Run:
    return replace(run, model=settings.model, quantize=settings.quantize, started=runs.now())


def _spawn(settings: FinetuneSettings, lock: IO[str], name: str, arguments: list[str]) -> None:
    """Start a run's process, hand it the lock, and let it have what the chat leaves of the cores."""
    locks.name_holder(lock, name, None)
    command = [sys.executable, "-m", "finetune", *arguments]
    command += ["--home", str(settings.home), "--model", settings.model, "--quantize", settings.quantize]
    with (settings.runs_dir / name / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=_ROOT,
            env=_environment(settings, lock),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(lock.fileno(),),
            start_new_session=True,
        )
    locks.name_holder(lock, name, process.pid)
    os.setpriority(os.PRIO_PROCESS, process.pid, 10)
    threading.Thread(target=process.wait, name=f"run-{name}", daemon=True).start()


def stop(run: Run) -> Run:
    """Stop a run and wait until it has ended; one that has ended already stays as it is."""
    holder = locks.holder_pid(run.path.parent) if locks.holder(run.path.parent) == run.name else None
    if holder is None:
        return runs.read(run.path)
    _signal(holder, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while locks.holder(run.path.parent) == run.name and time.monotonic() < deadline:
        time.sleep(0.1)
    if locks.holder(run.path.parent) == run.name:
        _signal(holder, signal.SIGKILL)
    stopped = runs.read(run.path)
    if stopped.state != "done":
        stopped = replace(stopped, state="stopped", ended=stopped.ended or runs.now(), error=None)
        runs.write_status(stopped)
    return stopped


@contextmanager
def record(
    settings: FinetuneSettings, name: str, method: str, *, dataset: Path | None = None, resumed: bool = False
) -> Iterator[Diary]:
    """Keep the folder of the run that this process is: hold the lock, and write down how it ends.

    Args:
        settings: they name the home and the model.
        name: the run.
        method: what it trains by.
        dataset: what it learns from.
        resumed: go on with a run that was broken off, in place of a new one.

    Raises:
        BadInput: another run is on, or the name is taken.
    """
    with locks.lock(settings) as lock:
        given = locks.GIVEN in os.environ
        folder = settings.runs_dir / check_name(name) if given or resumed else runs.make_folder(settings, name)
        if not given:
            locks.name_holder(lock, name, os.getpid())
        run = Run(name=name, path=folder, method=method, dataset=str(dataset.resolve()) if dataset else "")
        diary = Diary(replace(runs.read(folder), error=None, ended=None) if resumed else _begun(settings, run))
        diary.change(state="starting")
        previous = signal.signal(signal.SIGTERM, _exit)
        try:
            yield diary
        except FinetuneError as error:
            diary.change(state="failed", ended=runs.now(), error=str(error))
            raise
        except (KeyboardInterrupt, SystemExit):
            diary.change(state="stopped", ended=runs.now())
            raise
        except Exception as error:
            diary.change(state="failed", ended=runs.now(), error=f"unexpected {type(error).__name__}: {error}")
            raise
        finally:
            signal.signal(signal.SIGTERM, previous)


def _exit(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _environment(settings: FinetuneSettings, lock: IO[str]) -> dict[str, str]:
    own = {"APPRENTICE_CACHE": str(settings.cache), locks.GIVEN: str(lock.fileno())}
    # threads that wait do not spin, so that the chat beside the run keeps its share of the cores
    spinning = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")  # the chat's own way of waiting
    inherited = {name: value for name, value in os.environ.items() if name not in spinning}
    return {"OMP_WAIT_POLICY": "PASSIVE", **inherited, **own}

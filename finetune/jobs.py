"""Runs as processes of their own: start one, read how far it is, stop it, and write down what happens in it.

runs/
  lock                  held (flock) by the process of the one run that is on, so that a dead process holds nothing
  NAME/status.json      state, steps, error, decision; replaced atomically
  NAME/progress.jsonl   one line a step, appended
  NAME/log.txt          what the process printed
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal

from finetune import locks
from finetune.errors import BadInput, FinetuneError
from finetune.gate import Decision
from finetune.registry import check_name
from finetune.settings import FinetuneSettings
from finetune.training import Progress, Step

State = Literal["starting", "training", "judging", "done", "failed", "stopped"]

ENDED: tuple[State, ...] = ("done", "failed", "stopped")
PATIENCE = 10.0
"""Seconds that a run is given to stop by itself."""
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Run:
    """A run, as its folder tells it."""

    name: str
    path: Path
    method: str
    state: State = "starting"
    step: int = 0
    steps: int = 0
    history: tuple[Step, ...] = ()
    """All steps so far, and looks at the validation share between them."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """What was last reported beside the loss."""
    dataset: str = ""
    """The file that the run learns from."""
    model: str = ""
    quantize: str = "none"
    started: str = ""
    ended: str | None = None
    error: str | None = None
    decision: Decision | None = None

    @property
    def on(self) -> bool:
        """Whether the run has not ended."""
        return self.state not in ENDED

    @property
    def losses(self) -> tuple[float, ...]:
        """The loss of each step."""
        return tuple(step.loss for step in self.history if "validation_loss" not in step.figures)

    def as_json(self) -> dict[str, Any]:
        """Return the run as a JSON object."""
        row = asdict(replace(self, decision=None))
        row["losses"] = list(self.losses)
        return row | {"path": str(self.path), "decision": self.decision.as_json() if self.decision else None}


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
        folder = _make_folder(settings, name)
        run = _begun(settings, Run(name=name, path=folder, method=method, dataset=str(dataset.resolve())))
        _write_status(run)
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
        _write_status(run)
        _spawn(as_started(settings, run), lock, name, ["resume", name])
    return run


def resumable(settings: FinetuneSettings, name: str) -> Run:
    """Return a run that was broken off and can go on.

    Raises:
        BadInput: there is no such run, it is on, has ended by itself, or never began to train.
    """
    run = read(settings.runs_dir / check_name(name))
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
    return replace(run, model=settings.model, quantize=settings.quantize, started=_now())


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


def read(folder: Path) -> Run:
    """Read how far a run is; one whose process died without a word is a failed one.

    Raises:
        BadInput: there is no run in the folder.
    """
    try:
        status = json.loads((folder / "status.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"there is no run {folder.name}") from error
    decision = Decision.from_json(status["decision"]) if status["decision"] else None
    run = replace(Run(**{**status, "decision": None, "path": folder}), decision=decision)
    history = tuple(Step(**json.loads(line)) for line in _lines(folder / "progress.jsonl"))
    if history:
        figures: dict[str, float] = {}
        for one in history[-2:]:
            figures |= one.figures
        run = replace(run, step=history[-1].step, steps=history[-1].steps, figures=figures, history=history)
    if run.on and locks.holder(folder.parent) != run.name:
        return replace(run, state="failed", error=f"the process of the run died: see {folder / 'log.txt'}")
    return run


def all_runs(settings: FinetuneSettings) -> list[Run]:
    """List the runs of this home, the oldest first."""
    folders = [status.parent for status in settings.runs_dir.glob("*/status.json")]
    return sorted(map(read, folders), key=lambda run: (run.started, run.name))


def stop(run: Run) -> Run:
    """Stop a run and wait until it has ended; one that has ended already stays as it is."""
    holder = locks.holder_pid(run.path.parent) if locks.holder(run.path.parent) == run.name else None
    if holder is None:
        return read(run.path)
    _signal(holder, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while locks.holder(run.path.parent) == run.name and time.monotonic() < deadline:
        time.sleep(0.1)
    if locks.holder(run.path.parent) == run.name:
        _signal(holder, signal.SIGKILL)
    stopped = read(run.path)
    if stopped.state != "done":
        stopped = replace(stopped, state="stopped", ended=stopped.ended or _now(), error=None)
        _write_status(stopped)
    return stopped


class Diary:
    """Writes down what happens in a run, for whoever reads its folder."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._fresh = False

    def note(self, progress: Progress) -> None:
        """Write down a change of state or a step; a resumed run makes some of its steps again."""
        if progress.step is not None:
            self._forget_after(progress.step.step)
            _append(self._run.path / "progress.jsonl", progress.step)
        if progress.state != self._run.state:
            self.change(state=progress.state)

    def _forget_after(self, step: int) -> None:
        """Drop the steps that were written down before the run was broken off and are made again now."""
        if self._fresh:
            return
        self._fresh = True
        path = self._run.path / "progress.jsonl"
        kept = [line for line in _lines(path) if json.loads(line)["step"] < step]
        scratch = path.with_suffix(".part")
        scratch.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
        scratch.replace(path)

    def close(self, decision: Decision | None) -> None:
        """Write down that the run is done, and how it was judged."""
        self.change(state="done", ended=_now(), decision=decision)

    def change(self, **what: Any) -> None:
        """Write down anything else of the run."""
        self._run = replace(self._run, **what)
        _write_status(self._run)


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
        folder = settings.runs_dir / check_name(name) if given or resumed else _make_folder(settings, name)
        if not given:
            locks.name_holder(lock, name, os.getpid())
        run = Run(name=name, path=folder, method=method, dataset=str(dataset.resolve()) if dataset else "")
        diary = Diary(replace(read(folder), error=None, ended=None) if resumed else _begun(settings, run))
        diary.change(state="starting")
        previous = signal.signal(signal.SIGTERM, _exit)
        try:
            yield diary
        except FinetuneError as error:
            diary.change(state="failed", ended=_now(), error=str(error))
            raise
        except (KeyboardInterrupt, SystemExit):
            diary.change(state="stopped", ended=_now())
            raise
        except Exception as error:
            diary.change(state="failed", ended=_now(), error=f"unexpected {type(error).__name__}: {error}")
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


def _make_folder(settings: FinetuneSettings, name: str) -> Path:
    """Make the run's folder; that of a run of the same name which led to nothing makes way."""
    folder = settings.runs_dir / check_name(name)
    if folder.exists():
        if (folder / "status.json").exists() and read(folder).state == "done":
            raise BadInput(f"there is already a run {name}: choose another name")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def _environment(settings: FinetuneSettings, lock: IO[str]) -> dict[str, str]:
    own = {"APPRENTICE_CACHE": str(settings.cache), locks.GIVEN: str(lock.fileno())}
    # threads that wait do not spin, so that the chat beside the run keeps its share of the cores
    return {"OMP_WAIT_POLICY": "PASSIVE", **os.environ, **own}


def _write_status(run: Run) -> None:
    keep = ("name", "method", "dataset", "model", "quantize", "state", "started", "ended", "error", "decision")
    row = {key: value for key, value in run.as_json().items() if key in keep}
    scratch = run.path / f".status-{os.getpid()}"
    scratch.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    scratch.replace(run.path / "status.json")


def _append(path: Path, step: Step) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(step)) + "\n")


def _lines(path: Path) -> list[str]:
    """Return the complete lines; the last one may be half written."""
    return path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

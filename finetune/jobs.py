"""Runs as processes of their own: start one, read how far it is, stop it, and write down what happens in it.

runs/
  lock                  held (flock) by the process of the one run that is on, so that a dead process holds nothing
  NAME/status.json      state, steps, error, decision; replaced atomically
  NAME/progress.jsonl   one line a step, appended
  NAME/log.txt          what the process printed
"""

import fcntl
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

from finetune.errors import BadInput, FinetuneError
from finetune.gate import Decision
from finetune.registry import check_name
from finetune.settings import FinetuneSettings
from finetune.training import Progress, Step

State = Literal["starting", "training", "judging", "done", "failed", "stopped"]

ENDED: tuple[State, ...] = ("done", "failed", "stopped")
PATIENCE = 10.0
"""Seconds that a run is given to stop by itself."""
_LOCK_GIVEN = "APPRENTICE_RUN_LOCK"
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
    losses: tuple[float, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    """What the last step reported beside its loss."""
    started: str = ""
    ended: str | None = None
    error: str | None = None
    decision: Decision | None = None

    @property
    def on(self) -> bool:
        """Whether the run has not ended."""
        return self.state not in ENDED

    def as_json(self) -> dict[str, Any]:
        """Return the run as a JSON object."""
        row = asdict(replace(self, decision=None))
        return row | {"path": str(self.path), "decision": self.decision.as_json() if self.decision else None}


def start(
    settings: FinetuneSettings, dataset: Path, name: str, *, method: str = "auto", recipe: Path | None = None
) -> Run:
    """Start a run in a process of its own, which goes on when this one ends.

    Raises:
        BadInput: another run is on, or the name is taken.
    """
    with _lock(settings) as lock:
        folder = _make_folder(settings, name)
        run = Run(name=name, path=folder, method=method, started=_now())
        _write_status(run)
        _name_holder(lock, name, None)
        command = [sys.executable, "-m", "finetune", method, str(dataset.resolve()), "--name", name]
        command += ["--home", str(settings.home), "--model", settings.model, "--quantize", settings.quantize]
        command += ["--recipe", str(recipe.resolve())] if recipe else []
        with (folder / "log.txt").open("wb") as log:
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
        _name_holder(lock, name, process.pid)
    os.setpriority(os.PRIO_PROCESS, process.pid, 10)
    threading.Thread(target=process.wait, name=f"run-{name}", daemon=True).start()
    return run


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
    steps = [json.loads(line) for line in _lines(folder / "progress.jsonl")]
    if steps:
        last = steps[-1]
        run = replace(run, step=last["step"], steps=last["steps"], figures=last["figures"])
        run = replace(run, losses=tuple(step["loss"] for step in steps))
    if run.on and _holder(folder.parent) != run.name:
        return replace(run, state="failed", error=f"the process of the run died: see {folder / 'log.txt'}")
    return run


def all_runs(settings: FinetuneSettings) -> list[Run]:
    """List the runs of this home, the oldest first."""
    folders = [status.parent for status in settings.runs_dir.glob("*/status.json")]
    return sorted(map(read, folders), key=lambda run: (run.started, run.name))


def stop(run: Run) -> Run:
    """Stop a run and wait until it has ended; one that has ended already stays as it is."""
    holder = _holder_pid(run.path.parent) if _holder(run.path.parent) == run.name else None
    if holder is None:
        return read(run.path)
    _signal(holder, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while _holder(run.path.parent) == run.name and time.monotonic() < deadline:
        time.sleep(0.1)
    if _holder(run.path.parent) == run.name:
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

    def note(self, progress: Progress) -> None:
        """Write down a change of state or a step."""
        if progress.step is not None:
            _append(self._run.path / "progress.jsonl", progress.step)
        if progress.state != self._run.state:
            self.change(state=progress.state)

    def close(self, decision: Decision | None) -> None:
        """Write down that the run is done, and how it was judged."""
        self.change(state="done", ended=_now(), decision=decision)

    def change(self, **what: Any) -> None:
        """Write down anything else of the run."""
        self._run = replace(self._run, **what)
        _write_status(self._run)


@contextmanager
def record(settings: FinetuneSettings, name: str, method: str) -> Iterator[Diary]:
    """Keep the folder of the run that this process is: hold the lock, and write down how it ends.

    Raises:
        BadInput: another run is on, or the name is taken.
    """
    with _lock(settings) as lock:
        given = _LOCK_GIVEN in os.environ
        folder = settings.runs_dir / name if given else _make_folder(settings, name)
        if not given:
            _name_holder(lock, name, os.getpid())
        diary = Diary(Run(name=name, path=folder, method=method, started=_now()))
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


@contextmanager
def _lock(settings: FinetuneSettings) -> Iterator[IO[str]]:
    """Hold the lock of this home's runs: the one a parent handed down, else a fresh one."""
    given = os.environ.get(_LOCK_GIVEN)
    if given is not None:
        os.set_inheritable(int(given), False)
        with os.fdopen(int(given), "r+", encoding="utf-8") as lock:
            yield lock
        return
    settings.runs_dir.mkdir(parents=True, exist_ok=True)
    (settings.runs_dir / "lock").touch()
    with (settings.runs_dir / "lock").open("r+", encoding="utf-8") as lock:
        for attempt in range(10):  # whoever reads a run's status holds the lock for a moment
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.05 * attempt)
        else:
            raise BadInput(f"another run is on ({_holder(settings.runs_dir)}): wait for it or stop it first")
        yield lock


def _name_holder(lock: IO[str], name: str, pid: int | None) -> None:
    """Write whose lock it is, in one call and of one length, so that a reader never sees half of it."""
    os.pwrite(lock.fileno(), json.dumps({"name": name, "pid": pid}).ljust(256).encode(), 0)


def _holder(runs_dir: Path) -> str | None:
    """Name the run that is on, None where none is."""
    try:
        with (runs_dir / "lock").open(encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return str(json.load(lock)["name"])
    except (FileNotFoundError, ValueError):
        return None
    return None


def _holder_pid(runs_dir: Path) -> int | None:
    pid = json.loads((runs_dir / "lock").read_text(encoding="utf-8"))["pid"]
    return int(pid) if pid is not None else None


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
    own = {"APPRENTICE_CACHE": str(settings.cache), _LOCK_GIVEN: str(lock.fileno())}
    # threads that wait do not spin, so that the chat beside the run keeps its share of the cores
    return {"OMP_WAIT_POLICY": "PASSIVE", **os.environ, **own}


def _write_status(run: Run) -> None:
    keep = ("name", "method", "state", "started", "ended", "error", "decision")
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

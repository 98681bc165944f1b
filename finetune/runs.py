"""Runs as their folders tell them: how far each is, what it learnt from, how it ended.

runs/
  lock                  held by the process of the one run that is on (finetune.locks)
  NAME/status.json      state, steps, error, decision; replaced atomically
  NAME/progress.jsonl   one line a step, appended
  NAME/recipe.json      and dataset.json, versions.json: what the run was made of
  NAME/checkpoint-N     from which it goes on when it was killed
  NAME/tensorboard      the figures as TensorBoard reads them
  NAME/log.txt          what the process printed
"""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from finetune import locks
from finetune.errors import BadInput
from finetune.gate import Decision
from finetune.registry import check_name
from finetune.settings import FinetuneSettings
from finetune.training import Progress, Step

State = Literal["starting", "training", "judging", "done", "failed", "stopped"]

ENDED: tuple[State, ...] = ("done", "failed", "stopped")


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
        self.change(state="done", ended=now(), decision=decision)

    def change(self, **what: Any) -> None:
        """Write down anything else of the run."""
        self._run = replace(self._run, **what)
        write_status(self._run)


def make_folder(settings: FinetuneSettings, name: str) -> Path:
    """Make the run's folder; that of a run of the same name which led to nothing makes way."""
    folder = settings.runs_dir / check_name(name)
    if folder.exists():
        if (folder / "status.json").exists() and read(folder).state == "done":
            raise BadInput(f"there is already a run {name}: choose another name")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def write_status(run: Run) -> None:
    """Write down the state of a run, all of it or nothing."""
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


def now() -> str:
    """Return the time as runs write it down."""
    return datetime.now(UTC).isoformat(timespec="seconds")

"""What happens between the steps of a run: it is reported, saved, stopped when it is lost or has learnt all it can.

This module imports transformers, so it is imported only where a run begins.
"""

import math
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from transformers import TrainerCallback

from finetune.errors import TrainingFailed

SHOWN = {
    "rewards/chosen": "reward_better",
    "rewards/rejected": "reward_worse",
    "rewards/margins": "margin",
    "rewards/accuracies": "accuracy",
    "logps/chosen": "logp_better",
    "logps/rejected": "logp_worse",
    "margin": "margin",
    "accuracy": "accuracy",
    "mean_reward": "reward",
    "reward": "reward",
    "reward_std": "reward_spread",
    "clip_ratio/region_mean": "clipped",
    "completions/mean_length": "answer_tokens",
    "kl": "kl",
    "entropy": "entropy",
    "mean_token_accuracy": "token_accuracy",
    "learning_rate": "learning_rate",
    "grad_norm": "gradient",
    "num_tokens": "tokens",
    "eval_loss": "validation_loss",
}
"""TRL's figures that a step reports, and what they are called here."""
WINDOW = 8
"""Steps over which the loss is averaged before it is compared."""
DIVERGED = 2.0
"""How many times the lowest average the loss may reach, and half as much in nats beside, before a run is given up."""

Report = Callable[[int, int, float, Mapping[str, float]], None]
"""Takes the step, the number of steps, the loss and the figures."""


class Reporting(TrainerCallback):  # type: ignore[misc]
    """Reports each step, with speed, memory and the time that is left."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._loss = math.nan
        self._tokens = 0.0
        self._times: list[float] = []

    def on_train_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Start the clock."""
        self._began = time.monotonic()

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **rest: Any) -> None:
        """Report a step of training, or a look at the validation share."""
        if logs is None or not {"loss", "eval_loss"} & set(logs):
            return
        figures = {SHOWN[name]: float(value) for name, value in logs.items() if name in SHOWN and value is not None}
        if "loss" in logs:
            self._loss = float(logs["loss"])
            figures |= self._pace(state, figures.get("tokens"))
        self._report(state.global_step, state.max_steps, self._loss, figures)

    def _pace(self, state: Any, tokens: float | None) -> dict[str, float]:
        now = time.monotonic()
        took, self._began = now - self._began, now
        # the first step prepares what the others find ready
        self._times = [*self._times[-20:], took]
        usual = fmean(self._times[1:] or self._times)
        figures = {"seconds_left": usual * (state.max_steps - state.global_step), "memory_gb": peak_memory() / 1e9}
        if tokens is not None:
            figures["tokens_per_second"] = (tokens - self._tokens) / max(took, 1e-9)
            self._tokens = tokens
        return figures


class Watching(TrainerCallback):  # type: ignore[misc]
    """Stops a run whose loss is no longer a number, or rises and stays there."""

    def __init__(self, *, rising: bool) -> None:
        self._rising = rising
        self._losses: list[float] = []
        self._lowest = math.inf

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **rest: Any) -> None:
        """Look at the loss of a step.

        Raises:
            TrainingFailed: it is no number, or the average of the last steps is far above the lowest there was.
        """
        if logs is None or "loss" not in logs:
            return
        loss = float(logs["loss"])
        if not math.isfinite(loss):
            raise TrainingFailed(
                f"the loss is no longer a number at step {state.global_step}: lower learning_rate in the recipe"
            )
        self._losses = [*self._losses[1 - WINDOW :], loss]
        if not self._rising or len(self._losses) < WINDOW:
            return
        now = fmean(self._losses)
        self._lowest = min(self._lowest, now)
        if now > DIVERGED * abs(self._lowest) + DIVERGED / 2:
            raise TrainingFailed(
                f"the loss rose from {self._lowest:.2f} to {now:.2f} by step {state.global_step}: "
                "lower learning_rate in the recipe"
            )


class Saving(TrainerCallback):  # type: ignore[misc]
    """Saves a checkpoint every so many seconds: how long a step takes is not known before."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Ask for a checkpoint where it is time."""
        if time.monotonic() - self._last >= self._seconds:
            control.should_save = True
            self._last = time.monotonic()


class Patience(TrainerCallback):  # type: ignore[misc]
    """Keeps the weights that did best on the validation share, and stops when nothing gets better.

    All it knows it reads from the log, which is part of the checkpoint: a resumed run stops where it would have.
    """

    def __init__(self, looks: int, best: Path) -> None:
        self._looks = looks
        self._best = best

    def on_evaluate(self, args: Any, state: Any, control: Any, model: Any = None, **rest: Any) -> None:
        """Keep the weights if they are the best, or stop if they have not been for too long."""
        losses = [entry["eval_loss"] for entry in state.log_history if "eval_loss" in entry]
        since = len(losses) - 1 - losses.index(min(losses))
        if since == 0:
            model.save_pretrained(self._best)
        if since >= self._looks:
            control.should_training_stop = True


class Board(TrainerCallback):  # type: ignore[misc]
    """Writes the figures as TensorBoard reads them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def on_train_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Open the file; what it holds beyond the step that a run resumes from counts no more."""
        from tensorboardX import SummaryWriter

        self._writer = SummaryWriter(str(self._folder), purge_step=state.global_step + 1)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **rest: Any) -> None:
        """Write what was logged."""
        for name, value in (logs or {}).items():
            if isinstance(value, (int, float)):
                self._writer.add_scalar(SHOWN.get(name, name), value, state.global_step)
        self._writer.flush()

    def on_train_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Close the file."""
        self._writer.close()


def peak_memory() -> int:
    """Return the most memory that this process has held, in bytes: of the accelerator, or else of the machine."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage tells goes back to the program that started this one
        held = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(held.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

"""The probe: trains a reduced model for a few steps by the method's own code, in a process of its own, and measures."""

import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from finetune import models
from finetune.errors import BadInput, TrainingFailed
from finetune.estimate import memory
from finetune.recipe import Recipe
from finetune.settings import FinetuneSettings
from finetune.training import Step

NO_MEMORY = ("can't allocate memory", "the memory does not suffice")
"""What torch says where the processor's memory is too small, and finetune.training where the GPU's is."""
PREPARING = 1
"""Steps of each trial that do not count: the first one prepares what the others find ready."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds on the wall, and seconds that all cores together spent in this process."""

    wall: float
    cores: float

    def __sub__(self, other: "Moment") -> "Moment":
        """Return the time between two moments."""
        return Moment(self.wall - other.wall, self.cores - other.cores)


@dataclass(frozen=True, slots=True)
class Trial:
    """What was measured of training on one batch, again and again."""

    peak: int
    """Bytes held at most while it trained, after the first step."""
    started: Moment
    """From the call to the first step: loading, tokenizing; what the reference took is not counted."""
    reference: Moment
    """The passes that a reference model made over the rows before the first step."""
    steps: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """What was measured of one reduced model."""

    depth: int
    imported: Moment
    base: int
    """Bytes held before anything was loaded."""
    loading: int
    """Bytes held at most beside these while the model was loaded."""
    trials: tuple[Trial, ...]


def run(
    settings: FinetuneSettings, recipes: Sequence[Recipe], batches: Sequence[Sequence[Any]], depth: int, capacity: int
) -> Probe:
    """Train the settings' model on each batch of rows in a fresh process, and return what was measured there.

    Args:
        settings: they name the reduced model, and a home that may be written to.
        recipes: what is done to each batch, and for how many steps.
        batches: the rows, of one batch each.
        depth: how many layers the model has.
        capacity: the bytes that it may take.

    Raises:
        BadInput: not even that fits into the memory.
    """
    import torch

    given = torch.get_num_threads(), capacity
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=_settle, initargs=given) as pool:
        try:
            return pool.submit(_measure, settings, recipes, batches, depth).result()
        except (RuntimeError, MemoryError, TrainingFailed) as error:
            ended = isinstance(error, (BrokenProcessPool, MemoryError))
            if not ended and not any(text in str(error) for text in NO_MEMORY):
                raise
            raise BadInput(
                f"this run cannot be held in memory, for not even {depth} of the model's layers can: lower "
                "per_device_train_batch_size, set gradient_checkpointing = true, or leave out the longest rows"
            ) from error


def _settle(threads: int, capacity: int) -> None:
    """Make the process like the one that trains, as many threads and as quiet; it may not take more than there is."""
    import resource

    import torch

    warnings.simplefilter("ignore", FutureWarning)
    torch.set_num_threads(threads)
    if not torch.cuda.is_available():
        # what asks for more fails then by itself, before the system ends some process that holds much
        resource.setrlimit(resource.RLIMIT_DATA, (capacity, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def _measure(
    settings: FinetuneSettings, recipes: Sequence[Recipe], batches: Sequence[Sequence[Any]], depth: int
) -> Probe:
    began = _now()
    import trl

    from finetune.pipeline import TRAIN

    _ = trl.SFTTrainer, trl.DPOTrainer, trl.KTOTrainer  # trl imports a trainer when it is asked for it
    imported = _now() - began
    models.quiet()
    base, trials = memory.held(), []
    for number, (recipe, rows) in enumerate(zip(recipes, batches, strict=True)):
        _release()
        trials.append(_try(TRAIN[recipe.method], settings, recipe, rows, settings.home / f"trial-{number}"))
    return Probe(depth, imported, base, _loading_peak(settings), tuple(trials))


def _try(train: Any, settings: FinetuneSettings, recipe: Recipe, rows: Sequence[Any], output: Path) -> Trial:
    marks: list[Moment] = []

    def mark(step: Step) -> None:
        marks.append(_now())
        if len(marks) == PREPARING:
            memory.forget()

    memory.forget()
    began = _now()
    with _watched() as seen:
        train(settings, recipe, rows, output, mark)
    peak = memory.peak()
    steps = tuple(after - before for before, after in pairwise(marks[PREPARING - 1 :]))
    return Trial(peak, seen.first - began - seen.reference, seen.reference, steps)


@dataclass(slots=True)
class _Seen:
    """When the model was first trained, and how long it was asked for a reference before."""

    first: Moment
    reference: Moment
    training: bool = False


@contextmanager
def _watched() -> Iterator[_Seen]:
    """Watch what goes through the model: a pass in evaluation before the first one in training is the reference's."""
    from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
    from transformers import PreTrainedModel

    seen = _Seen(_now(), Moment(0.0, 0.0))
    entered: list[tuple[Any, Moment]] = []

    def enter(module: Any, given: Any) -> None:
        if seen.training or entered or not isinstance(module, PreTrainedModel):
            return
        if module.training:
            seen.first, seen.training = _now(), True
        else:
            entered.append((module, _now()))

    def leave(module: Any, given: Any, found: Any) -> None:
        if entered and entered[0][0] is module:
            spent = _now() - entered.pop()[1]
            seen.reference = Moment(seen.reference.wall + spent.wall, seen.reference.cores + spent.cores)

    hooks = register_module_forward_pre_hook(enter), register_module_forward_hook(leave)
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def _loading_peak(settings: FinetuneSettings) -> int:
    _release()
    before = memory.held()
    memory.forget()
    loaded = models.load(settings)
    peak = memory.peak()
    del loaded
    return peak - before


def _release() -> None:
    """Give back what the trial before left behind."""
    import ctypes
    import gc
    import sys

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)


def _now() -> Moment:
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return Moment(time.perf_counter(), time.process_time())

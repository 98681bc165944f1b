"""What a run will take, on the command line: estimate."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from finetune.commands.border import prepare, settings, show
from finetune.errors import BadInput

if TYPE_CHECKING:
    from finetune.estimate.prediction import Estimate


def estimate(options: argparse.Namespace) -> int:
    """Tell parameters, peak memory and time of a run, or why it cannot be."""
    from finetune import recipe

    chosen_settings = settings(options)
    chosen = recipe.read(options.recipe) if options.recipe else recipe.default(options.kind)
    if chosen.method != options.kind:
        raise BadInput(f"{options.recipe} is a recipe for {chosen.method}, not for {options.kind}")
    prepare(chosen_settings)
    from finetune.estimate.estimation import estimate as predict

    found = predict(chosen_settings, chosen, options.dataset)
    show(options, found.as_json(), _told(found))
    return 0


def _told(found: "Estimate") -> Iterator[str]:
    from finetune import room
    from finetune.estimate.fitting import count, gigabytes

    parameters, memory, time = found.parameters, found.memory, found.time
    share = parameters.trained / parameters.all
    yield f"parameters   {count(parameters.all)}, of which {count(parameters.trained)} are trained ({share:.2%})"
    parts = (
        f"program {gigabytes(memory.process)}, weights {gigabytes(memory.weights)}, "
        f"gradients and optimizer {gigabytes(memory.states)}, activations {gigabytes(memory.activations)}"
    )
    yield f"peak memory  {gigabytes(memory.peak)} of {gigabytes(found.capacity)} ({parts})"
    free = room.memory().free
    if memory.peak > free:
        yield f"             of which only {gigabytes(free)} are free now: wait for other programs, or end them"
    reference = f", reference {_span(time.reference)}" if time.reference else ""
    parts = f"start {_span(time.start)}{reference}, {found.steps} steps {_span(time.steps)}"
    yield f"training     {_span(time.training)} for {found.rows} rows ({parts})"
    yield f"judging      about {_span(time.judging)} after it"


def _span(seconds: float) -> str:
    """Write a time for people."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

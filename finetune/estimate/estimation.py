"""What a run will take: counted, tried on reduced models, and drawn on to the real one."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from finetune import models, rows
from finetune.errors import BadInput
from finetune.estimate import fitting, judging, memory, prediction, probe, reduced, shapes
from finetune.estimate.fitting import Setting
from finetune.estimate.parameters import Parameters, configuration, count
from finetune.estimate.prediction import Estimate, Memory, Work
from finetune.estimate.probe import Probe
from finetune.recipe import Recipe
from finetune.settings import FinetuneSettings
from finetune.training import LARGE

QUICK, SURE = 3, 8
"""Steps of a trial on processors, where they are long, and on GPUs, where they are short."""


def estimate(settings: FinetuneSettings, recipe: Recipe, dataset: Path) -> Estimate:
    """Tell what a run will take, without loading the model's weights.

    Raises:
        BadInput: the run does not fit into the memory, or the dataset or the recipe cannot be used.
        NotEnoughData: there is nothing to learn from.
        ModelUnavailable: there is no such model.
    """
    if recipe.method == "rl":
        raise BadInput(
            "what reinforcement learning takes depends on answers that are still to be given: "
            "try it with max_steps = 3 in the recipe, and look at the seconds that are left"
        )
    config = configuration(settings)
    parameters = count(settings, recipe, config)
    setting = _setting(settings, recipe, parameters)
    capacity = memory.capacity()
    least = Memory(0, fitting.weights(parameters, setting), fitting.states(parameters, recipe), 0)
    _refuse(least, capacity, parameters, recipe, setting)
    rated, _ = rows.read(recipe, dataset)
    shaped = rows.shape(recipe, rated)
    tokenizer = models.load_tokenizer(settings)
    began = time.perf_counter()
    plan = shapes.plan(shapes.lengths(shaped.learnt, recipe, tokenizer), recipe)
    tokenizing = time.perf_counter() - began
    judged = judging.tokens(settings, recipe, shaped, tokenizer)
    batches = [shapes.rows_of(batch, shaped.learnt, tokenizer) for batch in plan.tried]
    probes = _probe(settings, recipe, config, parameters, batches)
    held = _memory(prediction.peak(probes, parameters.layers), probes[-1].base, least)
    _refuse(held, capacity, parameters, recipe, setting)
    on_cores = models.best_device() == "cpu"
    return Estimate(
        method=recipe.method,
        model=settings.model,
        rows=len(shaped.learnt),
        steps=plan.steps,
        parameters=parameters,
        memory=held,
        capacity=capacity,
        time=prediction.time(probes, Work(plan, tokenizing, judged), parameters, on_cores=on_cores),
    )


def _setting(settings: FinetuneSettings, recipe: Recipe, parameters: Parameters) -> Setting:
    return Setting(
        quantize=settings.quantize,
        bytes=models.best_dtype(models.best_device()).itemsize,
        batch=int(recipe.training.get("per_device_train_batch_size", 8)),
        checkpointing=bool(recipe.training.get("gradient_checkpointing", parameters.all > LARGE)),
    )


def _probe(
    settings: FinetuneSettings, recipe: Recipe, config: Any, parameters: Parameters, batches: Sequence[Sequence[Any]]
) -> list[Probe]:
    """Try reduced models, one after the other, in a folder that is gone afterwards."""
    probes = []
    for depth in reduced.depths(parameters, recipe, config):
        with tempfile.TemporaryDirectory(prefix="estimate-") as scratch:
            model = Path(scratch) / "model"
            reduced.write(settings, config, depth, model)
            tried = settings.model_copy(
                update={"model": str(model), "home": Path(scratch) / "home", "checkpoint_seconds": 3600.0}
            )
            trials = [reduced.trial(recipe, parameters, depth, steps) for steps in _steps(len(batches))]
            probes.append(probe.run(tried, trials, batches, depth, memory.capacity()))
    return probes


def _steps(batches: int) -> list[int]:
    """Say how many steps to make of each batch: the last one tells the time, the widest before it the memory."""
    usual = SURE if models.best_device() == "cuda" else QUICK
    return [usual - 1] * (batches - 1) + [usual]


def _memory(peak: int, base: int, least: Memory) -> Memory:
    """Part a peak into what is known of it, and the rest."""
    rest = peak - base - least.weights - least.states
    return Memory(base, least.weights, least.states + min(rest, 0), max(rest, 0))


def _refuse(held: Memory, capacity: int, parameters: Parameters, recipe: Recipe, setting: Setting) -> None:
    if held.peak > capacity:
        found = fitting.remedies(held, capacity, parameters, recipe, setting)
        raise BadInput(fitting.refusal(held, capacity, found))

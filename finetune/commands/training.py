"""Training on the command line: a command for each method, auto, resume."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from finetune import processes
from finetune.commands.border import prepare, say, settings, show
from finetune.errors import BadInput

if TYPE_CHECKING:
    from finetune.gate import Decision
    from finetune.recipe import Recipe
    from finetune.runs import Diary
    from finetune.settings import FinetuneSettings
    from finetune.training import Progress

SHOWN = ("margin", "accuracy", "reward", "validation_loss", "tokens_per_second", "memory_gb")
"""Figures of a step that are printed as it happens."""


def train(options: argparse.Namespace) -> int:
    """Train an adapter, judge it, and let it serve if it passed."""
    from finetune import jobs

    chosen_settings = settings(options)
    if not processes.first():
        return _join(options)
    with jobs.record(chosen_settings, options.name, options.method, dataset=options.dataset) as diary:
        recipe = _recipe(options)
        if options.method == "auto":
            diary.change(method=recipe.method)
        decision = _run(chosen_settings, recipe, options.dataset, options.name, diary)
    return _tell(options, recipe.method, decision)


def resume(options: argparse.Namespace) -> int:
    """Let a run that was broken off go on from its last checkpoint."""
    import json

    from finetune import jobs
    from finetune.recipe import parse

    found = jobs.resumable(settings(options), options.name)
    chosen_settings = jobs.as_started(settings(options), found)
    recipe = parse(json.loads((found.path / "recipe.json").read_text(encoding="utf-8")))
    with jobs.record(chosen_settings, options.name, found.method, resumed=True) as diary:
        decision = _run(chosen_settings, recipe, Path(found.dataset), options.name, diary)
    return _tell(options, recipe.method, decision)


def _join(options: argparse.Namespace) -> int:
    """Train beside the process that tells how it goes."""
    prepare(settings(options))
    from finetune import pipeline

    pipeline.join(settings(options), _recipe(options), options.dataset, options.name)
    return 0


def _recipe(options: argparse.Namespace) -> "Recipe":
    from finetune import preferences, recipe
    from finetune.formats.columns import parse
    from finetune.formats.dataset import read_strict

    chosen = recipe.read(options.recipe) if options.recipe else None
    method = options.method
    if method == "auto":
        method = chosen.method if chosen else preferences.choose(read_strict(options.dataset).rows)
    chosen = chosen or recipe.default(method)
    if chosen.method != method:
        raise BadInput(f"{options.recipe} is a recipe for {chosen.method}, not for {method}")
    return replace(
        chosen,
        promote=chosen.promote and not options.no_promote,
        columns=parse(options.columns) if options.columns else chosen.columns,
        skip_bad=chosen.skip_bad or options.skip_bad,
    )


def _run(chosen: "FinetuneSettings", recipe: "Recipe", dataset: Path, name: str, diary: "Diary") -> "Decision":
    prepare(chosen)
    from finetune import pipeline

    decision = pipeline.run(chosen, recipe, dataset, name, _watching(diary))
    if sys.stderr.isatty():
        say("")
    diary.close(decision)
    return decision


def _watching(diary: "Diary") -> "Callable[[Progress], None]":
    def watch(progress: "Progress") -> None:
        diary.note(progress)
        say(_told(progress), over=True)

    return watch


def _told(progress: "Progress") -> str:
    step = progress.step
    if step is None:
        return "judging: base, current, candidate ..."
    figures = [f"{name} {step.figures[name]:.3g}" for name in SHOWN if name in step.figures]
    left = step.figures.get("seconds_left")
    figures += [f"{int(left) // 60}:{int(left) % 60:02} left"] if left is not None else []
    return f"step {step.step}/{step.steps} loss {step.loss:.4f} {' '.join(figures)}"


def _tell(options: argparse.Namespace, method: str, decision: "Decision") -> int:
    head = f"{options.name}: {'passed' if decision.passed else 'stays a candidate'}"
    value = {"name": options.name, "method": method, **decision.as_json()}
    show(options, value, [head, *(f"  {reason}" for reason in decision.reasons)])
    return 0

"""Training on the command line: sft, dpo, kto, auto."""

import argparse
import sys
from dataclasses import replace
from typing import Any

from finetune.commands.border import prepare, say, settings, show
from finetune.errors import BadInput


def train(options: argparse.Namespace) -> int:
    """Train an adapter, judge it, and let it serve if it passed."""
    from finetune import jobs, preferences, recipe
    from finetune.formats.dataset import read_strict

    chosen_settings = settings(options)
    chosen = recipe.read(options.recipe) if options.recipe else None
    with jobs.record(chosen_settings, options.name, options.method) as diary:
        method = options.method
        if method == "auto":
            method = chosen.method if chosen else preferences.choose(read_strict(options.dataset).rows)
            diary.change(method=method)
        chosen = chosen or recipe.default(method)
        if chosen.method != method:
            raise BadInput(f"{options.recipe} is a recipe for {chosen.method}, not for {method}")
        prepare(chosen_settings)
        from finetune import pipeline

        def watch(progress: Any) -> None:
            diary.note(progress)
            say(_told(progress), over=True)

        chosen = replace(chosen, promote=chosen.promote and not options.no_promote)
        decision = pipeline.run(chosen_settings, chosen, options.dataset, options.name, watch)
        if sys.stderr.isatty():
            say("")
        diary.close(decision)
    head = f"{options.name}: {'passed' if decision.passed else 'stays a candidate'}"
    value = {"name": options.name, "method": method, **decision.as_json()}
    show(options, value, [head, *(f"  {reason}" for reason in decision.reasons)])
    return 0


def _told(progress: Any) -> str:
    step = progress.step
    if step is None:
        return "judging: base, current, candidate ..."
    figures = " ".join(f"{name} {step.figures[name]:.3g}" for name in ("margin", "accuracy") if name in step.figures)
    return f"step {step.step}/{step.steps} loss {step.loss:.4f} {figures}"

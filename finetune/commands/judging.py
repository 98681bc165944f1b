"""Judging on the command line: evaluate."""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from finetune.commands.border import prepare, registry, say, settings, show
from finetune.errors import BadInput

if TYPE_CHECKING:
    from finetune.evaluation.scoring import Evidence
    from finetune.gate import Interval


def evaluate(options: argparse.Namespace) -> int:
    """Score the base or an adapter on the question sets, on ratings, or on public benchmarks."""
    if options.tasks:
        return _run_tasks(options)
    chosen = settings(options)
    adapter = registry(options).get(options.name).path if options.name else None
    if options.sheet and adapter is None:
        raise BadInput("--sheet sets an adapter against the base: name one")
    prepare(chosen)
    from finetune.evaluation import intervals, scoring, sets
    from finetune.formats.dataset import read_strict

    held_out = read_strict(options.ratings).rows if options.ratings else ()
    if options.sheet and adapter is not None:
        current = registry(options).active(chosen.model)
        evidence = scoring.compare(chosen, current.path if current else None, adapter, held_out)
        _write_sheet(options, evidence)
        found, around = evidence.scores["candidate"], evidence.intervals["candidate"]
    else:
        measured = scoring.results(chosen, adapter, held_out, scoring.Asked(sets.read()))
        found, around = measured.scores, intervals.intervals(measured.samples)
    value = {**found.as_json(), "intervals": {name: [one.low, one.high] for name, one in around.items()}}
    show(options, value, (_line(name, figure, around) for name, figure in found.as_json().items()))
    return 0


def _line(name: str, figure: float, around: "Mapping[str, Interval]") -> str:
    one = around.get(name)
    return f"{name:18} {figure:<8g}" + (f" {one.low:g} to {one.high:g}" if one else "")


def _write_sheet(options: argparse.Namespace, evidence: "Evidence") -> None:
    """Write the sheet of an adapter against what serves, by the gate's rule of its own recipe."""
    from finetune import gate
    from finetune.evaluation import sheet

    recipe = registry(options).get(options.name).card.recipe
    scores = evidence.scores
    decision = gate.judge(
        base=scores["base"],
        current=scores["current"],
        candidate=scores["candidate"],
        must_gain=recipe.get("must_gain", 0.05),
        may_lose=recipe.get("may_lose", {}),
        intervals=evidence.intervals,
    )
    folder: Path = options.sheet
    folder.mkdir(parents=True, exist_ok=True)
    sheet.write(folder, sheet.build(options.name, evidence, decision))
    say(f"{folder / 'sheet.html'} shows {options.name} beside the base and what serves")


def _run_tasks(options: argparse.Namespace) -> int:
    from finetune.evaluation import harness

    harness.refuse_missing()
    chosen = settings(options)
    adapter = registry(options).get(options.name).path if options.name else None
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):  # the tasks were asked for by name, and come from the hub
        os.environ.setdefault(name, "0")
    prepare(chosen)
    found = harness.run(chosen, adapter, options.tasks.split(","), options.limit)
    lines = (f"{task:24} {name:18} {value:g}" for task, row in found.items() for name, value in row.items())
    show(options, found, lines)
    return 0

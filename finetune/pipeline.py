"""From ratings to a judged adapter, in one function that calls the others."""

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from finetune import dpo, kto, preferences, sft
from finetune.errors import NotEnoughData
from finetune.evaluation.sheet import evaluate
from finetune.evaluation.texts import variety
from finetune.examples import RatedAnswer
from finetune.formats.dataset import read_strict
from finetune.gate import Decision, judge
from finetune.recipe import Method, Recipe
from finetune.registry import Card, Registry
from finetune.settings import FinetuneSettings
from finetune.training import Progress, Step

TRAIN: Mapping[Method, Callable[..., Path]] = {"sft": sft.train, "dpo": dpo.train, "kto": kto.train}
ROWS: Mapping[Method, Callable[[Sequence[RatedAnswer]], Sequence[Any]]] = {
    "sft": preferences.demonstrations,
    "dpo": preferences.pairs,
    "kto": preferences.labels,
}


def run(
    settings: FinetuneSettings,
    recipe: Recipe,
    dataset: Path,
    name: str,
    on_progress: Callable[[Progress], None],
) -> Decision:
    """Train one adapter, judge it against the one that serves, register it with the verdict, and promote what passed.

    Raises:
        BadInput: the dataset or the recipe cannot be used, or the name is taken.
        NotEnoughData: there is nothing to learn from, or nothing to judge by.
        TrainingFailed: the training came to nothing.
    """
    registry = Registry(settings.adapters_dir)
    registry.refuse_taken(name)
    rated = read_strict(dataset).rows
    parts = preferences.split(rated, validation=0.0, held_out=recipe.held_out, seed=recipe.seed)
    held_out = parts.held_out
    rows = ROWS[recipe.method](parts.learnt)
    _refuse_too_little(recipe.method, rows, held_out)
    trained = TRAIN[recipe.method](
        settings, recipe, rows, settings.runs_dir / name, lambda step: on_progress(_training(step))
    )
    on_progress(Progress("judging"))
    current = registry.active(settings.model)
    decision = judge(
        base=evaluate(settings, None, held_out),
        current=evaluate(settings, current.path if current else None, held_out),
        candidate=evaluate(settings, trained, held_out),
        must_gain=recipe.must_gain,
        may_lose=recipe.may_lose,
        rewarded=variety([row["completion"][0]["content"] for row in preferences.demonstrations(rated)]),
    )
    card = Card(
        base=settings.model,
        method=recipe.method,
        recipe=recipe.as_json(),
        dataset={"digest": hashlib.sha256(dataset.read_bytes()).hexdigest()[:16], **_counts(rated, rows, held_out)},
        decision=decision,
        parent=current.name if current else None,
    )
    registry.add(name, trained, card)
    shutil.rmtree(trained)
    if decision.passed and recipe.promote:
        registry.promote(name, base=settings.model)
    return decision


def _training(step: Step) -> Progress:
    return Progress("training", step)


def _refuse_too_little(method: Method, rows: Sequence[object], held_out: Sequence[RatedAnswer]) -> None:
    kinds = {"sft": "good answers or corrections", "dpo": "pairs", "kto": "ratings"}
    if len(rows) < 2:
        raise NotEnoughData(
            f"{len(rows)} {kinds[method]} to learn from: collect more of them, or choose another method"
        )
    if method == "kto" and len({row["label"] for row in rows if isinstance(row, dict)}) < 2:
        raise NotEnoughData("all ratings to learn from are of one kind: KTO needs thumbs up and thumbs down")
    if not any(row.liked or row.correction for row in held_out):
        raise NotEnoughData("no good answer could be held out to judge by: collect more ratings")


def _counts(rated: Sequence[RatedAnswer], rows: Sequence[object], held_out: Sequence[RatedAnswer]) -> dict[str, int]:
    return {**preferences.count(rated), "learnt": len(rows), "held_out": len(held_out)}

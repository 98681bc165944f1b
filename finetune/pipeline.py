"""From ratings to a judged adapter, in one function that calls the others."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from finetune import bases, dpo, judgement, kto, orpo, pretrain, reward, rewards, rl, rows, sft
from finetune.errors import BadInput
from finetune.gate import Decision
from finetune.recipe import Method, Recipe
from finetune.registry import Card, Registry
from finetune.rows import Rows
from finetune.settings import FinetuneSettings
from finetune.training import Progress, Step
from finetune.versions import machine, versions

TRAIN: Mapping[Method, Callable[..., Path]] = {
    "sft": sft.train,
    "dpo": dpo.train,
    "kto": kto.train,
    "orpo": orpo.train,
    "reward": reward.train,
    "rl": rl.train,
    "pretrain": pretrain.train,
}
TRAINED = "trained.json"
"""Written when the training is over, so that a run killed while it is judged is not trained again."""


def run(
    settings: FinetuneSettings,
    recipe: Recipe,
    dataset: Path,
    name: str,
    on_progress: Callable[[Progress], None],
) -> Decision:
    """Train one adapter, judge it against the one that serves, register it with the verdict, and promote what passed.

    A run of that name that was broken off goes on from its last checkpoint, and ends as if it had not been.

    Raises:
        BadInput: the dataset or the recipe cannot be used, or the name is taken.
        NotEnoughData: there is nothing to learn from, or nothing to judge by.
        TrainingFailed: the training came to nothing.
    """
    registry = Registry(settings.adapters_dir)
    registry.refuse_taken(name)
    rated, described = rows.read(recipe, dataset)
    shaped = rows.shape(recipe, rated)
    folder = settings.runs_dir / name
    card = {**described, **_counts(shaped)}
    _refuse_changed(folder, dataset, card)
    _keep(folder, recipe, card)
    trained = _train(settings, recipe, shaped, folder, on_progress)
    on_progress(Progress("judging"))
    current = judgement.current(settings, recipe, registry)
    decision = judgement.pronounce(settings, recipe, shaped, trained, current, name)
    registry.add(
        name,
        trained,
        Card(
            base=settings.model,
            method=recipe.method,
            recipe=recipe.as_json(),
            dataset=card,
            decision=decision,
            parent=current.name if current else None,
            licence=bases.licence(settings),
            digest=bases.digest(settings),
        ),
    )
    _clear(folder)
    if decision.passed and recipe.promote and recipe.method != rewards.METHOD and recipe.adaptation != "full":
        registry.promote(name, base=settings.model, digest=bases.digest(settings))
    return decision


def join(settings: FinetuneSettings, recipe: Recipe, dataset: Path, name: str) -> None:
    """Train as one of several processes of which another one tells, judges and registers."""
    rated, _ = rows.read(recipe, dataset)
    shaped = rows.shape(recipe, rated)
    TRAIN[recipe.method](
        settings, recipe, shaped.learnt, settings.runs_dir / name, lambda step: None, shaped.validation
    )


def _train(
    settings: FinetuneSettings, recipe: Recipe, shaped: Rows, folder: Path, on_progress: Callable[[Progress], None]
) -> Path:
    """Train, unless that was done before the run was broken off."""
    mark = folder / TRAINED
    if mark.exists():
        return folder / str(json.loads(mark.read_text(encoding="utf-8"))["folder"])

    def told(step: Step) -> None:
        on_progress(Progress("training", step))

    trained = TRAIN[recipe.method](settings, recipe, shaped.learnt, folder, told, shaped.validation)
    mark.write_text(json.dumps({"folder": trained.name}), encoding="utf-8")
    return trained


def _refuse_changed(folder: Path, dataset: Path, card: Mapping[str, object]) -> None:
    """Stop where a run would go on with other rows than those it began with."""
    kept = folder / "dataset.json"
    if kept.exists() and json.loads(kept.read_text(encoding="utf-8")).get("digest") != card["digest"]:
        raise BadInput(f"{dataset} has changed since the run {folder.name} began: start another one")


def _keep(folder: Path, recipe: Recipe, card: Mapping[str, object]) -> None:
    """Write beside the run what it was made of."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {"recipe": recipe.as_json(), "dataset": card, "versions": versions() | machine()}
    for name, what in told.items():
        (folder / f"{name}.json").write_text(json.dumps(what, indent=2, ensure_ascii=False), encoding="utf-8")


def _clear(folder: Path) -> None:
    """Remove what a run leaves once its adapter is in the registry: weights and checkpoints, but no record."""
    for path in folder.iterdir():
        if path.is_dir() and (path.name in ("adapter", "best") or path.name.startswith("checkpoint-")):
            shutil.rmtree(path)


def _counts(shaped: Rows) -> dict[str, int]:
    return {"learnt": len(shaped.learnt), "stopping": len(shaped.validation), "held_out": len(shaped.held_out)}

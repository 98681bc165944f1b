"""What was trained is set against what serves: measured on the same prompts, judged by the recipe's rule, and shown."""

from collections.abc import Sequence
from pathlib import Path

from finetune import bases, preferences, rewards
from finetune.evaluation import canaries, scoring, sheet
from finetune.evaluation.sets import read as read_sets
from finetune.evaluation.texts import variety
from finetune.evaluation.wins import Reward
from finetune.examples import Message, RatedAnswer
from finetune.gate import Decision, judge
from finetune.recipe import Recipe
from finetune.registry import Adapter, Registry
from finetune.rows import Rows
from finetune.settings import FinetuneSettings


def current(settings: FinetuneSettings, recipe: Recipe, registry: Registry) -> Adapter | None:
    """Return what the candidate would take the place of, None where that is the base, or no reward."""
    if recipe.method == rewards.METHOD:
        return rewards.latest(registry, settings.model)
    return registry.active(settings.model, bases.digest(settings))


def pronounce(
    settings: FinetuneSettings, recipe: Recipe, shaped: Rows, trained: Path, before: Adapter | None, name: str
) -> Decision:
    """Judge what was trained, and write its sheet into its folder.

    Args:
        settings: they name the model and the home.
        recipe: it holds the rule.
        shaped: what was learnt from, and what was held out.
        trained: the folder of the adapter or the model.
        before: what it would take the place of.
        name: what it is to be called.

    Raises:
        ModelUnavailable: a model or an adapter cannot be loaded.
    """
    if recipe.method == rewards.METHOD:
        return _pronounce_on_reward(settings, recipe, shaped, trained, before)
    asked = scoring.Asked(read_sets(), _to_remember(recipe, shaped.rated), canaries.make(recipe.seed, recipe.canaries))
    evidence = scoring.compare(
        settings,
        before.path if before else None,
        trained,
        shaped.held_out,
        asked=asked,
        reward=_reward(settings, recipe),
    )
    good = [row["completion"][0]["content"] for row in preferences.demonstrations(shaped.rated)]
    decision = judge(
        **evidence.scores,
        must_gain=recipe.must_gain,
        may_lose=recipe.may_lose,
        rewarded=variety(good),
        intervals=evidence.intervals,
    )
    sheet.write(trained, sheet.build(name, evidence, decision))
    return decision


def _pronounce_on_reward(
    settings: FinetuneSettings, recipe: Recipe, shaped: Rows, trained: Path, before: Adapter | None
) -> Decision:
    held_out = preferences.pairs(shaped.held_out)
    earlier = rewards.accuracy(rewards.load(settings, before.path) if before else None, held_out)
    later = rewards.accuracy(rewards.load(settings, trained), held_out)
    return rewards.judge(earlier, later, len(held_out), recipe.must_gain)


def _to_remember(recipe: Recipe, learnt: Sequence[RatedAnswer]) -> tuple[RatedAnswer, ...]:
    """Take the answers that the candidate may have learnt by heart: those that people wrote.

    What a model wrote itself it writes again without having learnt it, and documents are read, not answered.
    """
    return () if recipe.method == "pretrain" else tuple(row for row in learnt if row.correction or not row.model)


def _reward(settings: FinetuneSettings, recipe: Recipe) -> Reward | None:
    """Return the company's reward, by which answers are compared, if it has one."""
    found = rewards.latest(Registry(settings.adapters_dir), settings.model)
    if found is None:
        return None
    loaded = rewards.load(settings, found.path)

    def reward(prompt: Sequence[Message], answer: str) -> float:
        return loaded.scores([(prompt, answer)])[0]

    return reward

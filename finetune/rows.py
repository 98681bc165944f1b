"""A dataset as each method takes it: rows to learn from, rows to stop by, and ratings to judge by."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune import preferences
from finetune.errors import NotEnoughData
from finetune.evaluation import canaries
from finetune.examples import Message, RatedAnswer
from finetune.formats import dataset as formats
from finetune.formats.card import card
from finetune.formats.documents import documents
from finetune.recipe import Method, Recipe

Shape = Callable[[Sequence[RatedAnswer]], Sequence[Any]]


def read(recipe: Recipe, dataset: Path) -> tuple[Sequence[RatedAnswer], dict[str, Any]]:
    """Read a dataset as ratings, and describe it; documents count as liked answers to nothing.

    Raises:
        BadInput: it cannot be read, or has rows that cannot be used; the text names the line.
    """
    if recipe.method == "pretrain":
        found = documents(dataset)
        texts = "".join(one.text for one in found)
        described = {"format": "documents", "documents": len(found), "words": len(texts.split())}
        rated = [RatedAnswer(one.name, one.name, (), one.text, "up") for one in found]
        return rated, {"digest": hashlib.sha256(texts.encode()).hexdigest()[:16], **described}
    reader = formats.read if recipe.skip_bad else formats.read_strict
    dataset_read = reader(dataset, recipe.columns or None)
    return dataset_read.rows, card(dataset_read).as_json()


@dataclass(frozen=True, slots=True)
class Rows:
    """What a run learns from, by what it may stop early, and by what it is judged."""

    learnt: Sequence[Any]
    rated: Sequence[RatedAnswer]
    """The ratings that `learnt` was shaped from."""
    validation: Sequence[Any]
    held_out: Sequence[RatedAnswer]


def questions(rated: Sequence[RatedAnswer]) -> list[dict[str, list[Message]]]:
    """Take each prompt once: reinforcement learning answers it anew."""
    found = {preferences.prompt_key(row): list(row.prompt) for row in rated}
    return [{"prompt": prompt} for prompt in found.values()]


def texts(rated: Sequence[RatedAnswer]) -> list[dict[str, str]]:
    """Take what was said as it is: the documents of pre-training are read as answers to nothing."""
    return [{"text": row.answer} for row in rated]


SHAPES: Mapping[Method, Shape] = {
    "sft": preferences.demonstrations,
    "dpo": preferences.pairs,
    "kto": preferences.labels,
    "orpo": preferences.pairs,
    "reward": preferences.pairs,
    "rl": questions,
    "pretrain": texts,
}
WANTED: Mapping[Method, str] = {
    "sft": "good answers or corrections",
    "dpo": "pairs",
    "kto": "ratings",
    "orpo": "pairs",
    "reward": "pairs",
    "rl": "questions",
    "pretrain": "documents",
}


def shape(recipe: Recipe, rated: Sequence[RatedAnswer]) -> Rows:
    """Split the ratings 80/10/10 by conversation, and shape each share; where nothing stops early, 80/20.

    Raises:
        NotEnoughData: there is nothing to learn from, or nothing to judge by.
    """
    stops = recipe.patience is not None
    early = recipe.validation if stops else 0.0
    split = preferences.split(
        rated, validation=early, held_out=recipe.held_out + (0.0 if stops else recipe.validation), seed=recipe.seed
    )
    form = SHAPES[recipe.method]
    planted = [canary.row() for canary in canaries.make(recipe.seed, recipe.canaries)]
    rows = Rows(form([*split.learnt, *planted]), split.learnt, form(split.validation), split.held_out)
    refuse_too_little(recipe.method, rows)
    return rows


def refuse_too_little(method: Method, rows: Rows) -> None:
    """Stop before a run that could learn nothing, or could not be judged.

    Raises:
        NotEnoughData: that is so; the text says what is missing.
    """
    if len(rows.learnt) < 2:
        raise NotEnoughData(
            f"{len(rows.learnt)} {WANTED[method]} to learn from: collect more of them, or choose another method"
        )
    if method == "kto" and len({row["label"] for row in rows.learnt}) < 2:
        raise NotEnoughData("all ratings to learn from are of one kind: KTO needs thumbs up and thumbs down")
    if method == "reward" and not preferences.pairs(rows.held_out):
        raise NotEnoughData("no pair could be held out to judge by: collect more corrected or compared answers")
    if not any(row.liked or row.correction for row in rows.held_out):
        raise NotEnoughData("no good answer could be held out to judge by: collect more ratings")

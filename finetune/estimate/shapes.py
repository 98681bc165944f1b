"""Which batches a run will make: how many rows, how wide, how many tokens to learn. Pure but for the tokenizer."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from finetune.examples import Message
from finetune.pretrain import BLOCK
from finetune.recipe import Recipe

ANSWERS = ("completion", "chosen", "rejected")
"""The keys of a row that each make a sequence of their own, after the row's prompt."""


NEAR = 0.9
"""The share of the widest batch's tokens from which another one tells nothing more."""


@dataclass(frozen=True, slots=True)
class Length:
    """The tokens of one row: of its longest sequence, of its answers, and how many sequences it makes."""

    longest: int
    learnt: int
    sequences: int
    prompt: str = ""
    """What rows that answer the same have in common; together in a batch they cost less than apart."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows that go through the model together, by their indices."""

    rows: tuple[int, ...]
    sequences: int
    width: int
    """Tokens of each sequence, padding included."""
    learnt: int
    """Tokens of the answers, for which alone the model's head is computed (finetune.lean)."""

    @property
    def tokens(self) -> int:
        """All tokens that the hidden layers see, padding included."""
        return self.sequences * self.width


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a run does to its rows."""

    batches: tuple[Batch, ...]
    """Those of one epoch, as they may fall."""
    steps: int
    """Updates of the weights in the whole run."""
    epochs: float
    """How often each batch is learnt from."""
    widest: Batch
    """The batch that needs most memory of those that may come: a whole one, with the longest row."""

    @property
    def tried(self) -> tuple[Batch, ...]:
        """The batches to measure: the widest, and the one nearest to the mean, where that is less."""
        mean = sum(batch.tokens for batch in self.batches) / len(self.batches)
        typical = min(self.batches, key=lambda batch: abs(batch.tokens - mean))
        return (self.widest, typical) if typical.tokens < NEAR * self.widest.tokens else (self.widest,)


def lengths(rows: Sequence[Mapping[str, Any]], recipe: Recipe, tokenizer: Any) -> list[Length]:
    """Count the tokens of rows in TRL's forms, conversations in the chat template that serves.

    Documents that are packed count by the blocks that they fill: one length a block.
    """
    if rows and "text" in rows[0]:
        width = int(recipe.training.get("max_length", BLOCK))
        return _blocks(_tokens([str(row["text"]) for row in rows], tokenizer), width)
    conversations = [[*row["prompt"], *row[key]] for row in rows for key in ANSWERS if key in row]
    whole = iter(counts(conversations, tokenizer))
    found = []
    for row, prompt in zip(rows, counts([row["prompt"] for row in rows], tokenizer), strict=True):
        sizes = [next(whole) for key in ANSWERS if key in row]
        learnt = sum(sizes) - prompt * len(sizes)
        found.append(Length(max(sizes), learnt, len(sizes), prompt=json.dumps(row["prompt"])))
    return found


def plan(found: Sequence[Length], recipe: Recipe) -> Plan:
    """Put rows of given lengths into the batches of an epoch, as the recipe has it, and count the steps."""
    table = recipe.training
    size = int(table.get("per_device_train_batch_size", 8))
    accumulated = int(table.get("gradient_accumulation_steps", 1))
    order = _order(found, recipe, size)
    batches = tuple(_batch(order[start : start + size], found) for start in range(0, len(order), size))
    per_epoch = -(-len(batches) // accumulated)
    limit = int(table.get("max_steps", -1))
    steps = limit if limit > 0 else math.ceil(per_epoch * float(table.get("num_train_epochs", 3)))
    return Plan(batches, steps, steps / per_epoch, _batch(_longest(order, found)[:size], found))


def rows_of(batch: Batch, rows: Sequence[Any], tokenizer: Any) -> list[Any]:
    """Return the rows of a batch; for documents, as many stretches of them as the batch has blocks."""
    if "text" not in rows[0]:
        return [rows[row] for row in batch.rows]
    ids: list[int] = []
    for row in rows:
        ids += tokenizer(row["text"], add_special_tokens=False)["input_ids"]
        if len(ids) >= batch.tokens:
            break
    # a little less than a block, because text that is cut may come out as more tokens than it was cut from
    size = batch.width - 8
    starts = range(0, max(len(ids) - size, 1), size)
    return [{"text": tokenizer.decode(ids[start : start + size])} for start in starts][: batch.sequences]


def counts(conversations: Sequence[Sequence[Message]], tokenizer: Any) -> list[int]:
    """Count the tokens of conversations in the chat template that serves."""
    texts = [tokenizer.apply_chat_template(list(messages), tokenize=False) for messages in conversations]
    return _tokens(texts, tokenizer)


def _batch(rows: Sequence[int], found: Sequence[Length]) -> Batch:
    own = [found[row] for row in rows]
    return Batch(
        rows=tuple(rows),
        sequences=sum(one.sequences for one in own),
        width=max(one.longest for one in own),
        learnt=sum(one.learnt for one in own),
    )


def _order(found: Sequence[Length], recipe: Recipe, size: int) -> list[int]:
    """Put the rows in an order like the run's: a random one, or by length where the recipe groups them so."""
    order = list(range(len(found)))
    Random(recipe.seed).shuffle(order)
    if recipe.training.get("train_sampling_strategy") != "group_by_length":
        return order
    # transformers sorts within stretches of fifty batches
    stretch = 50 * size
    parts = [order[start : start + stretch] for start in range(0, len(order), stretch)]
    return [row for part in parts for row in sorted(part, key=lambda row: -found[row].longest)]


def _longest(order: Sequence[int], found: Sequence[Length]) -> list[int]:
    """Put the longest rows first, but those whose prompt came before last."""
    sized = sorted(order, key=lambda row: -found[row].longest)
    first: dict[str, int] = {}
    for row in sized:
        first.setdefault(found[row].prompt or str(row), row)
    apart = set(first.values())
    return [*(row for row in sized if row in apart), *(row for row in sized if row not in apart)]


def _blocks(counts: Sequence[int], width: int) -> list[Length]:
    """Say into how many blocks documents are packed; best-fit packing fills nearly all of them."""
    return [Length(width, width, 1)] * max(math.ceil(sum(counts) / width), 1)


def _tokens(texts: Sequence[str], tokenizer: Any) -> list[int]:
    return [len(ids) for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]] if texts else []

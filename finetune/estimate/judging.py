"""How much the judging after a run has to read and to write: the question sets and what was held out, model by model.

It is not tried but reckoned, from the tokens and from what a step took; hence "about".
"""

from collections.abc import Sequence
from typing import Any

from finetune import preferences, rewards
from finetune.estimate.shapes import counts
from finetune.evaluation import preference, sets
from finetune.evaluation.sets import Sets
from finetune.evaluation.sheet import COMPLYING, DECLINING, EMPTY, GROUNDED_TOKENS, OPEN_PROMPTS, OPEN_TOKENS
from finetune.examples import Message, RatedAnswer
from finetune.recipe import Recipe
from finetune.registry import Registry
from finetune.settings import FinetuneSettings

FORWARD = 0.4
"""The share of a step that its forward pass takes, where an adapter is trained."""
WRITTEN = 2.0
"""How many tokens could be read in the time in which one is written: a batch of answers is few tokens at once."""


def tokens(settings: FinetuneSettings, recipe: Recipe, held_out: Sequence[RatedAnswer], tokenizer: Any) -> float:
    """Count the tokens that all models together read to be judged, and those that they write by what they cost.

    The base and the candidate are judged, and what serves now where that is neither; a reward by held-out pairs alone.
    """
    registry = Registry(settings.adapters_dir)
    if recipe.method == rewards.METHOD:
        judged = 1 if rewards.latest(registry, settings.model) is None else 2
        pairs = [
            [*row["prompt"], *said] for row in preferences.pairs(held_out) for said in (row["chosen"], row["rejected"])
        ]
        return judged * sum(counts(pairs, tokenizer))
    judged = 2 if registry.active(settings.model) is None else 3
    return judged * _sheet(sets.read(), held_out, tokenizer)


def _sheet(asked: Sets, held_out: Sequence[RatedAnswer], tokenizer: Any) -> float:
    """Count what one model reads and writes."""
    said = [*_weighed(asked), *preference.answers(held_out)]
    read = [[*prompt, Message(role="assistant", content=answer)] for prompt, answer in said]
    answered = [question.messages for question in asked.grounded]
    written = len(answered) * GROUNDED_TOKENS + OPEN_PROMPTS * OPEN_TOKENS
    return sum(counts([*read, *answered], tokenizer)) + WRITTEN * written


def _weighed(asked: Sets) -> list[tuple[Sequence[Message], str]]:
    """List the answers whose likelihoods the sheet weighs against each other."""
    requests = [(one.messages, said) for one in asked.refusals for said in (*DECLINING, *COMPLYING)]
    return [*requests, *((one.messages, said) for one in asked.general for said in (*one.choices, *EMPTY))]

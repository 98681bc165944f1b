"""Whether an adapter came to prefer what people prefer: implicit rewards on ratings held out. Pure.

The reward of an answer is how much likelier the adapter made it: log p_adapter(answer) - log p_base(answer), as in DPO
(Rafailov et al. 2023, arXiv 2305.18290, eq. 5, with beta 1). The base itself has all rewards zero, hence 0.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from finetune.evaluation.intervals import Sample
from finetune.examples import Message, RatedAnswer
from finetune.preferences import labels, pairs

ENOUGH = 12
"""Comparisons of answers to the same prompt that need no others beside them."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two answers, as indices, the better one first; without a second, the first stands against the base."""

    better: int
    worse: int | None


def answers(held_out: Sequence[RatedAnswer]) -> list[tuple[Sequence[Message], str]]:
    """List the prompts and answers whose likelihoods the comparisons need."""
    return [(row["prompt"], row["completion"][0]["content"]) for row in labels(held_out)]


def comparisons(held_out: Sequence[RatedAnswer]) -> list[Comparison]:
    """Set better against worse answers, as indices into `answers`.

    Corrections and siblings are compared with what was said to the same prompt; where these are too few to tell
    anything, every liked answer is compared with every disliked one; where nothing is disliked, each with the base.
    """
    rows = labels(held_out)
    index = {(_key(row["prompt"]), row["completion"][0]["content"]): number for number, row in enumerate(rows)}
    found = [
        Comparison(
            index[_key(pair["prompt"]), pair["chosen"][0]["content"]],
            index[_key(pair["prompt"]), pair["rejected"][0]["content"]],
        )
        for pair in pairs(held_out)
    ]
    if len(found) >= ENOUGH:
        return found
    better = [number for number, row in enumerate(rows) if row["label"]]
    worse = [number for number, row in enumerate(rows) if not row["label"]]
    if not worse:
        return found or [Comparison(number, None) for number in better]
    return list(dict.fromkeys([*found, *(Comparison(*two) for two in product(better, worse))]))


def accuracy(compared: Sequence[Comparison], rewards: Sequence[float]) -> float:
    """Return the share of comparisons in which the better answer has the higher reward; a tie counts half."""
    won = [_won(margin) for margin in margins(compared, rewards)]
    return sum(won) / len(won) if won else 0.5


def margins(compared: Sequence[Comparison], rewards: Sequence[float]) -> list[float]:
    """Return by how much the reward of the better answer exceeds that of the worse, in nats."""
    return [rewards[one.better] - (0.0 if one.worse is None else rewards[one.worse]) for one in compared]


def samples(
    held_out: Sequence[RatedAnswer], compared: Sequence[Comparison], rewards: Sequence[float]
) -> dict[str, Sample]:
    """Return preference and margin as what they are the means of; what is drawn again are conversations."""
    names = [row.conversation_id for row in held_out for _ in range(2 if row.correction else 1)]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    places = [numbers[name] for name in names]
    units = tuple((places[one.better], places[one.better if one.worse is None else one.worse]) for one in compared)
    found = margins(compared, rewards)
    if not found:
        return {"preference": Sample.of([0.5]), "margin": Sample.of([0.0])}
    return {"preference": Sample(tuple(map(_won, found)), units), "margin": Sample(tuple(found), units)}


def _won(margin: float) -> float:
    return (margin > 0) + 0.5 * (margin == 0)


def _key(prompt: Sequence[Message]) -> tuple[tuple[str, str], ...]:
    return tuple((message["role"], message["content"]) for message in prompt)

"""How often one model's answers beat another's by reward, were they of the same length. Pure.

Length-controlled as in AlpacaEval 2 (Dubois et al. 2024, arXiv 2404.04475): a logistic regression of the win on the
difference in length, squashed by tanh after division by its standard deviation, is read off at no difference.
"""

import math
from collections.abc import Callable, Sequence
from statistics import pstdev

from finetune.evaluation.intervals import RESAMPLES, SEED
from finetune.examples import Message
from finetune.gate import Interval

Reward = Callable[[Sequence[Message], str], float]
"""Scores an answer to a prompt; more is better, and only the order counts."""

_RIDGE = (0.01, 1.0)
"""How firmly level and slope are held near 0, so that all wins, or wins by length alone, have a finite fit."""
_STEPS = 25


def win_rate(wins: Sequence[float], longer: Sequence[float]) -> float:
    """Return the share of wins at the same length.

    Args:
        wins: 1 for each answer that beat the other, 0 for each that lost, 0.5 for a tie.
        longer: by how many characters each was longer than the other.
    """
    spread = pstdev(longer) or 1.0
    return _level(wins, [math.tanh(difference / spread) for difference in longer])


def interval(wins: Sequence[float], longer: Sequence[float]) -> Interval | None:
    """Return the bootstrap 95 % interval of the win rate, over prompts; None for fewer than two."""
    if len(wins) < 2:
        return None
    import numpy

    random = numpy.random.default_rng(SEED)
    rates = []
    for _ in range(RESAMPLES // 4):
        drawn = random.integers(len(wins), size=len(wins))
        rates.append(win_rate([wins[index] for index in drawn], [longer[index] for index in drawn]))
    low, high = numpy.percentile(rates, (2.5, 97.5))
    return Interval(round(float(low), 4), round(float(high), 4))


def outcome(reward: Reward, prompt: Sequence[Message], answer: str, other: str) -> float:
    """Return 1 where an answer beats the other by reward, 0 where it loses, 0.5 where they tie."""
    if answer == other:
        return 0.5
    ours, theirs = reward(prompt, answer), reward(prompt, other)
    return float(ours > theirs) + 0.5 * (ours == theirs)


def _level(wins: Sequence[float], longer: Sequence[float]) -> float:
    """Fit p(win) = sigmoid(level + slope * longer) by Newton's method and return p where nothing is longer."""
    level = slope = 0.0
    for _ in range(_STEPS):
        chances = [_sigmoid(level + slope * x) for x in longer]
        left = [win - chance for win, chance in zip(wins, chances, strict=True)]
        curve = [chance * (1 - chance) for chance in chances]
        down = sum(left) - _RIDGE[0] * level
        across = sum(miss * x for miss, x in zip(left, longer, strict=True)) - _RIDGE[1] * slope
        a = sum(curve) + _RIDGE[0]
        b = sum(weight * x for weight, x in zip(curve, longer, strict=True))
        c = sum(weight * x * x for weight, x in zip(curve, longer, strict=True)) + _RIDGE[1]
        size = a * c - b * b
        level += (c * down - b * across) / size
        slope += (a * across - b * down) / size
    return _sigmoid(level)


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-max(min(value, 30.0), -30.0)))

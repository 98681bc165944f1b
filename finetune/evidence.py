"""Whether a rate has risen between two groups of people: a test that may be looked at after every answer. Pure.

A mixture sequential probability ratio test: under "it has not risen" the evidence is the wealth of a fair game, so that
it ever reaches 1/level with a probability of at most `level`, however often it is looked at (Robbins 1970; Johari et
al. 2017, arXiv 1512.04922; Howard et al. 2021, arXiv 1810.08240). The rates are taken to be normal, which
benchmarks/trial.py tries on few people and on rare events.

The unit is the person, as what one person says is alike. Each counts with the weight of n / (1 + (n - 1) * ALIKE)
answers, never more than 1 / ALIKE; and where the people of a group differ by more than that allows for, the variance
between them is taken instead (the sandwich estimator for clusters, Liang and Zeger 1986).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

ALIKE = 0.2
"""How alike two answers of the same person are taken to be at least (the intraclass correlation, 0 to 1)."""
WIDTHS = (0.05, 0.15, 0.45)
"""The sizes of a rise that the evidence is quickest to see; it is the mean over them."""
CERTAIN = 1e9
"""The most evidence that is told."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something happened in one group of people, as the sums that the test needs."""

    people: int = 0
    hits: int = 0
    count: int = 0
    weight: float = 0.0
    """The sum of the people's weights w; the sums below are of w*p, w*w, w*w*p and w*w*p*p for their rates p."""
    weighted: float = 0.0
    squares: float = 0.0
    squares_once: float = 0.0
    squares_twice: float = 0.0

    @classmethod
    def of(cls, counts: Iterable[tuple[int, int]]) -> "Rate":
        """Take one group: for each person how often it happened, and out of how many; those with none are left out."""
        found = cls()
        for hits, count in counts:
            found = found.changed((0, 0), (hits, count))
        return found

    def changed(self, before: tuple[int, int], after: tuple[int, int]) -> "Rate":
        """Put what is known of one person now in the place of what was known before; (0, 0) is nothing."""
        weight, rate = _weighed(*before)
        heavier, later = _weighed(*after)
        return Rate(
            self.people + (after[1] > 0) - (before[1] > 0),
            self.hits + after[0] - before[0],
            self.count + after[1] - before[1],
            self.weight + heavier - weight,
            self.weighted + heavier * later - weight * rate,
            self.squares + heavier**2 - weight**2,
            self.squares_once + heavier**2 * later - weight**2 * rate,
            self.squares_twice + (heavier * later) ** 2 - (weight * rate) ** 2,
        )

    @property
    def mean(self) -> float:
        """The weighted mean of the people's rates, 0 to 1; 0 where there are none."""
        return self.weighted / self.weight if self.weight else 0.0

    @property
    def between(self) -> float:
        """The variance of the mean as the differences between the people tell it; 0 where they cannot."""
        if self.people < 2:
            return 0.0
        spread = self.squares_twice - 2 * self.mean * self.squares_once + self.mean**2 * self.squares
        return max(0.0, spread) / self.weight**2 * self.people / (self.people - 1)


def rise(before: Rate, after: Rate) -> float:
    """Return the evidence that a rate is higher in the second group than in the first: 20 and more is proof at 5 %.

    1 is where it begins; below 1 the answers speak against a rise.
    """
    if not before.people or not after.people:
        return 1.0
    pooled = (before.weighted + after.weighted + 0.5) / (before.weight + after.weight + 1)
    alone = pooled * (1 - pooled) * (1 / before.weight + 1 / after.weight)
    variance = max(alone, before.between + after.between)
    difference = after.mean - before.mean
    return min(CERTAIN, sum(_wealth(difference, variance, width) for width in WIDTHS) / len(WIDTHS))


def _wealth(difference: float, variance: float, width: float) -> float:
    """Return the likelihood ratio of a rise over none, averaged over half a normal distribution of rises."""
    grown = 1 + width**2 / variance
    score = difference / variance * width / math.sqrt(grown)
    exponent = min(score**2 / 2, 100.0)
    return math.erfc(-score / math.sqrt(2)) / math.sqrt(grown) * math.exp(exponent)


def _weighed(hits: int, count: int) -> tuple[float, float]:
    """Return the weight and the rate of one person."""
    return (count / (1 + (count - 1) * ALIKE), hits / count) if count else (0.0, 0.0)

"""Bootstrap intervals of figures and of their differences (Efron & Tibshirani 1993, ch. 13: percentiles). Pure.

What is drawn again, with replacement, are the prompts or conversations that a figure rests on, the same ones for both
sides of a difference; the seed is fixed, so that the same answers always give the same interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from finetune.gate import Interval

RESAMPLES = 1000
SEED = 13
_AT_ONCE = 4_000_000
"""How many weights are held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The values that a figure is the mean of."""

    values: tuple[float, ...]
    units: tuple[tuple[int, int], ...]
    """The two prompts or conversations that each value rests on, by number; twice the same where it is one."""

    @classmethod
    def of(cls, values: Sequence[float], units: Sequence[int] | None = None) -> "Sample":
        """Take values that each rest on a prompt of their own, or on the one that `units` names."""
        numbers = range(len(values)) if units is None else units
        return cls(tuple(map(float, values)), tuple((number, number) for number in numbers))

    @property
    def mean(self) -> float:
        """The figure; 0 where nothing was measured."""
        return fmean(self.values) if self.values else 0.0


def interval(sample: Sample) -> Interval | None:
    """Return the 95 % interval of a figure; None where it rests on fewer than two prompts."""
    numbers = _numbers(sample)
    return _percentiles(_resampled(sample, numbers)) if len(numbers) > 1 else None


def change(before: Sample, after: Sample) -> Interval | None:
    """Return the 95 % interval of how much a figure changed; None where the two do not rest on the same prompts."""
    numbers = _numbers(before)
    if len(numbers) < 2 or numbers != _numbers(after):
        return None
    return _percentiles(_resampled(after, numbers) - _resampled(before, numbers))


def changes(before: Mapping[str, Sample], after: Mapping[str, Sample]) -> dict[str, Interval]:
    """Return the intervals of all changes that can be told."""
    found = {name: change(before[name], after[name]) for name in after if name in before}
    return {name: one for name, one in found.items() if one is not None}


def intervals(samples: Mapping[str, Sample]) -> dict[str, Interval]:
    """Return the intervals of all figures that have one."""
    found = {name: interval(sample) for name, sample in samples.items()}
    return {name: one for name, one in found.items() if one is not None}


def _numbers(sample: Sample) -> list[int]:
    return sorted({number for two in sample.units for number in two})


def _resampled(sample: Sample, numbers: Sequence[int]) -> Any:
    """Return the figure for each resample; shape (RESAMPLES,), not a number where no value was drawn."""
    import numpy

    place = {number: index for index, number in enumerate(numbers)}
    first, second = (numpy.array([place[two[side]] for two in sample.units]) for side in (0, 1))
    values, alone = numpy.array(sample.values), first == second
    drawn = numpy.random.default_rng(SEED).multinomial(len(numbers), [1 / len(numbers)] * len(numbers), RESAMPLES)
    rows = max(_AT_ONCE // len(values), 1)
    means = []
    for start in range(0, RESAMPLES, rows):
        counts = drawn[start : start + rows].astype(numpy.float64)
        weights = counts[:, first] * numpy.where(alone, 1.0, counts[:, second])
        with numpy.errstate(invalid="ignore"):
            means.append(weights @ values / weights.sum(axis=1))
    return numpy.concatenate(means)


def _percentiles(means: Any) -> Interval:
    import numpy

    low, high = numpy.nanpercentile(means, (2.5, 97.5))
    return Interval(round(float(low), 4), round(float(high), 4))

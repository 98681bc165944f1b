"""Intervals hold what they should, and are the same each time."""

import random

import pytest

from finetune.evaluation.intervals import Sample, change, changes, interval, intervals


def test_an_interval_is_as_wide_as_theory_says():
    found = interval(Sample.of([0, 1] * 50))
    assert found.low == pytest.approx(0.5 - 1.96 * 0.05, abs=0.02)
    assert found.high == pytest.approx(0.5 + 1.96 * 0.05, abs=0.02)
    assert found == interval(Sample.of([0, 1] * 50))


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    drawn = random.Random(1)
    hits = [interval(Sample.of([drawn.gauss(2, 1) for _ in range(40)])) for _ in range(100)]
    assert 88 <= sum(one.low <= 2 <= one.high for one in hits) <= 99


def test_a_paired_difference_is_narrower_than_the_figures_it_is_of():
    before = [random.Random(number).random() for number in range(40)]
    found = change(Sample.of(before), Sample.of([value + 0.1 for value in before]))
    assert (found.low, found.high) == (0.1, 0.1)
    assert not found.holds_zero


def test_comparisons_of_the_same_conversations_are_drawn_together():
    alone = interval(Sample.of([0, 1] * 32))
    values = tuple(float(better % 2) for better in range(8) for _ in range(8))
    together = interval(Sample(values, tuple((better, 8 + worse) for better in range(8) for worse in range(8))))
    assert together.high - together.low > 1.5 * (alone.high - alone.low)


def test_one_prompt_and_other_prompts_have_no_interval():
    assert interval(Sample.of([1.0])) is None
    assert change(Sample.of([1, 0]), Sample.of([1, 0, 1])) is None
    assert intervals({"one": Sample.of([1.0]), "two": Sample.of([1, 1])}).keys() == {"two"}
    assert changes({"a": Sample.of([0, 0])}, {"a": Sample.of([1, 1]), "b": Sample.of([1, 1])}).keys() == {"a"}

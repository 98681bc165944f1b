"""A reduced model is trained in a process of its own, which cannot take the machine down."""

import pytest

from finetune import preferences, recipe
from finetune.errors import BadInput
from finetune.estimate import memory, probe

LITTLE = 2_000_000_000
"""Bytes in which the libraries find room, and long rows do not."""
SHORT = recipe.parse({"method": "sft", "training": {"max_steps": 3}})


def test_each_trial_tells_its_steps_its_start_and_its_peak(settings, ratings):
    rows = preferences.demonstrations(ratings)
    found = probe.run(settings, [SHORT, SHORT], [rows[:4], rows[:2]], 2, memory.capacity())
    assert [len(trial.steps) for trial in found.trials] == [2, 2]
    assert all(trial.peak > found.base > 0 for trial in found.trials)
    assert all(trial.started.wall > 0 and trial.reference.wall == 0 for trial in found.trials)


def test_a_trial_that_asks_for_more_memory_than_there_is_is_refused(settings, rate):
    rows = preferences.demonstrations([rate(n, answer="many words " * 900) for n in range(96)])
    wide = recipe.parse({"method": "sft", "training": {"max_steps": 3, "per_device_train_batch_size": 96}})
    with pytest.raises(BadInput, match="not even 2 of the model's layers can: lower per_device_train_batch_size"):
        probe.run(settings, [wide], [rows], 2, LITTLE)

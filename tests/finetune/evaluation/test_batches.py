"""Batches hold rows of like lengths and stay within their limits."""

from finetune.evaluation.batches import batches


def test_every_row_is_in_one_batch_and_none_is_over_the_limits():
    lengths = [5, 100, 7, 80, 3, 60, 2]
    found = list(batches(lengths, tokens=120, rows=3))
    assert sorted(index for batch in found for index in batch) == list(range(7))
    assert all(len(batch) <= 3 for batch in found)
    assert all(len(batch) * lengths[batch[0]] <= 120 for batch in found)


def test_a_row_over_the_limit_stands_alone():
    assert list(batches([500, 10], tokens=100, rows=8)) == [[0], [1]]

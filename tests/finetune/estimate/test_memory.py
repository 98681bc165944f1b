"""What a process holds at most is read, and can be read anew."""

import pytest

from finetune.estimate import memory


@pytest.mark.skipif(not memory.STATUS.exists(), reason="the peak can be forgotten on Linux alone")
def test_a_peak_that_was_forgotten_counts_no_more():
    before = memory.held()
    block = bytearray(200_000_000)
    high = memory.peak()
    del block
    memory.forget()
    assert high >= before + 190_000_000
    assert memory.peak() < high - 100_000_000


def test_this_machine_has_some_memory_and_less_than_all_of_it():
    import psutil

    assert 0 < memory.capacity() < psutil.virtual_memory().total

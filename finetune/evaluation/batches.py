"""Rows of like lengths put together, so that little is computed on padding. Pure."""

from collections.abc import Iterator, Sequence


def batches(lengths: Sequence[int], *, tokens: int, rows: int) -> Iterator[list[int]]:
    """Yield the indices of the rows, the longest first, in batches that stay under a number of tokens and of rows.

    Args:
        lengths: the length of each row in tokens.
        tokens: how many tokens a batch may hold, padding included; a longer row stands alone.
        rows: how many rows a batch may hold.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        if batch and (len(batch) == rows or (len(batch) + 1) * lengths[batch[0]] > tokens):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch

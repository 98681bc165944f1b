"""Rows that begin alike, packed so that their common beginning is computed once.

The better and the worse answer to a prompt repeat the prompt, and so do sampled answers of one group. Packed, the
prompt stands once and each answer after it attends to the prompt and to itself alone, at the positions that it had: the
hidden states are those of the separate rows (as in prefix sharing for DPO, Wang and Hegde 2024, arXiv 2410.20305).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WORTH = 0.5
"""The share of the shorter row that must be common before rows are packed together; attention over less costs more."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that begin alike: how many tokens they share, and their indices in the batch."""

    shared: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Packed:
    """A batch packed by groups, as tensors.

    `ids` and `positions` are (groups, width); `mask` is (groups, 1, width, width), added to attention's scores; `where`
    is (rows, length): the place of each token of the batch in the packed one, flattened.
    """

    ids: Any
    positions: Any
    mask: Any
    where: Any


def group(rows: Sequence[Sequence[int]]) -> list[Group]:
    """Put rows together that begin alike for at least half of their length."""
    groups: list[Group] = []
    for index in sorted(range(len(rows)), key=lambda index: list(rows[index])):
        if groups:
            last = groups[-1]
            common = min(last.shared, _common(rows[last.rows[0]], rows[index]))
            shortest = min(len(rows[other]) for other in (*last.rows, index))
            if common >= max(1, WORTH * shortest):
                groups[-1] = Group(common, (*last.rows, index))
                continue
        groups.append(Group(len(rows[index]), (index,)))
    return groups


def pack(ids: Any, attention: Any, dtype: Any) -> Packed | None:
    """Pack a batch; None where its rows share too little.

    Args:
        ids: the tokens, (rows, length), padded on either side.
        attention: 1 for a token and 0 for padding, (rows, length).
        dtype: the number format of the model, in which the mask is made.
    """
    import torch

    kept = attention.bool()
    rows = [row[keep].tolist() for row, keep in zip(ids, kept, strict=True)]
    groups = group(rows)
    if len(groups) == len(rows):
        return None
    width = max(_length(one, rows) for one in groups)
    packed = torch.zeros((len(groups), width), dtype=ids.dtype)
    positions = torch.zeros_like(packed)
    segments = torch.full((len(groups), width), -1)
    where = torch.zeros_like(ids, device="cpu")
    for number, one in enumerate(groups):
        at = one.shared
        head = rows[one.rows[0]][:at]
        packed[number, :at] = torch.tensor(head, dtype=ids.dtype)
        positions[number, :at] = torch.arange(at)
        segments[number, :at] = 0
        for segment, row in enumerate(one.rows, 1):
            tail = rows[row][one.shared :]
            end = at + len(tail)
            packed[number, at:end] = torch.tensor(tail, dtype=ids.dtype)
            positions[number, at:end] = torch.arange(one.shared, one.shared + len(tail))
            segments[number, at:end] = segment
            places = torch.cat([torch.arange(one.shared), torch.arange(at, end)])
            where[row, kept[row].cpu()] = places + number * width
            at = end
    device = ids.device
    mask = _mask(segments, dtype)
    return Packed(packed.to(device), positions.to(device), mask.to(device), where.to(device))


def _mask(segments: Any, dtype: Any) -> Any:
    """Let a token see what stands before it in its own segment and in the common beginning, segment 0."""
    import torch

    size = segments.shape[1]
    before = torch.ones((size, size), dtype=torch.bool).tril()
    same = segments[:, :, None] == segments[:, None, :]
    seen = before & (same | (segments[:, None, :] == 0))
    mask = torch.zeros(seen.shape, dtype=dtype).masked_fill(~seen, torch.finfo(dtype).min)
    return mask[:, None]


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    for index, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return index
    return min(len(one), len(other))


def _length(one: Group, rows: Sequence[Sequence[int]]) -> int:
    return one.shared + sum(len(rows[row]) - one.shared for row in one.rows)

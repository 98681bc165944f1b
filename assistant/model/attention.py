"""Keys and values of many answers at once, each in a slot of its own, and attention over them.

A pass computes tokens of several answers, each token as a row of a batch of its own, so that the linear layers run over
all of them together and PEFT can give every row its adapter; only attention knows which tokens belong together. It is
handed to transformers as an attention function (https://huggingface.co/docs/transformers/attention_interface).
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

NAME = "apprentice_slots"
WASTE = 1.6
"""Answers take one call of attention together while the positions it covers are at most so many times theirs."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Tokens of one answer, one after another, that are computed in a pass."""

    slot: int
    start: int
    """The position of the first of them."""
    tokens: Sequence[int]

    @property
    def end(self) -> int:
        """The position after the last of them."""
        return self.start + len(self.tokens)


class Slots:
    """The keys and values of a number of answers, in every layer; memory is taken as far as it is written to."""

    def __init__(self, count: int, length: int) -> None:
        """Take how many answers, and of how many tokens each at most."""
        self.count, self.length = count, length
        self._layers: dict[int, tuple[Any, Any]] = {}

    def layer(self, number: int, key: Any, value: Any) -> tuple[Any, Any]:
        """Return a layer's keys and values: slots x heads x positions x width, in the type of those given."""
        if number not in self._layers:
            self._layers[number] = self._zeros(key), self._zeros(value)
        return self._layers[number]

    def copy(self, source: int, target: int, length: int) -> None:
        """Copy the first tokens of one slot into another."""
        for keys, values in self._layers.values():
            keys[target, :, :length] = keys[source, :, :length]
            values[target, :, :length] = values[source, :, :length]

    @property
    def token_bytes(self) -> int:
        """How many bytes a token takes in all layers; known after the first pass."""
        each = (tensor for pair in self._layers.values() for tensor in pair)
        return sum(tensor.shape[1] * tensor.shape[3] * tensor.element_size() for tensor in each)

    def _zeros(self, like: Any) -> Any:
        """Make room; zeros, as what is masked must be a number, and from numpy, which touches no memory for them."""
        import numpy as np
        import torch

        shape = (self.count, like.shape[1], self.length, like.shape[3])
        if like.device.type != "cpu":
            return like.new_zeros(shape)
        return torch.from_numpy(np.zeros(math.prod(shape) * like.element_size(), np.uint8)).view(like.dtype).view(shape)


class Pass:
    """What attention must know of one pass: which rows belong to which answer."""

    def __init__(self, slots: Slots, segments: Sequence[Segment], device: Any) -> None:
        """Take the segments; their tokens are the rows of the pass, in this order."""
        self.slots, self.segments, self._device = slots, segments, device
        self.firsts: list[int] = []
        """The row of each segment's first token."""
        row = 0
        for segment in segments:
            self.firsts.append(row)
            row += len(segment.tokens)

    @cached_property
    def ids(self) -> Any:
        """The tokens: rows x 1."""
        return self._tensor([token for one in self.segments for token in one.tokens])[:, None]

    @cached_property
    def positions(self) -> Any:
        """The position of each: rows x 1."""
        return self._tensor([at for one in self.segments for at in range(one.start, one.end)])[:, None]

    @cached_property
    def places(self) -> Any:
        """The slot of each: rows."""
        return self._tensor([one.slot for one in self.segments for _ in one.tokens])

    @cached_property
    def single(self) -> list[int]:
        """The segments of one token that are worth computing together; none where it would be mostly for nothing."""
        found = [number for number, one in enumerate(self.segments) if len(one.tokens) == 1]
        used = sum(self.segments[number].end for number in found)
        return found if len(found) > 1 and self._covered(found) <= WASTE * used else []

    @cached_property
    def single_rows(self) -> tuple[Any, Any]:
        """The rows of those, and their slots counted from the lowest."""
        rows = self._tensor([self.firsts[number] for number in self.single])
        return rows, self.places[rows] - self.lowest

    @cached_property
    def lowest(self) -> int:
        """The lowest slot of those."""
        return min(self.segments[number].slot for number in self.single)

    @cached_property
    def span(self) -> tuple[int, int]:
        """How many slots from there on, and how many positions, hold all of those."""
        return self._span(self.single)

    @cached_property
    def mask(self) -> Any:
        """Which positions each slot of the span has: slots x 1 x 1 x positions."""
        import torch

        slots, longest = self.span
        ends = torch.ones(slots, dtype=torch.long, device=self._device)  # one, as a row without any gives no number
        ends[self.single_rows[1]] = self._tensor([self.segments[number].end for number in self.single])
        return (torch.arange(longest, device=self._device) < ends[:, None])[:, None, None, :]

    def causal(self, segment: Segment, groups: int) -> Any:
        """Return which positions each token of a segment sees, once for each head of a group: tokens x positions."""
        import torch

        seen = torch.arange(segment.end, device=self._device)
        own = torch.arange(segment.start, segment.end, device=self._device)
        return (seen <= own[:, None]).repeat(groups, 1)

    def _covered(self, found: Sequence[int]) -> int:
        slots, longest = self._span(found)
        return slots * longest

    def _span(self, found: Sequence[int]) -> tuple[int, int]:
        held = [self.segments[number] for number in found]
        slots = [one.slot for one in held]
        return max(slots) - min(slots) + 1, max(one.end for one in held)

    def _tensor(self, values: list[int]) -> Any:
        import torch

        return torch.tensor(values, device=self._device)


@contextmanager
def attending(model: Any) -> Iterator[None]:
    """Let a model attend over slots; outside of this it computes as it did."""
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, attend)
    before = model.config._attn_implementation
    model.config._attn_implementation = NAME
    try:
        yield
    finally:
        model.config._attn_implementation = before


def attend(
    module: Any, query: Any, key: Any, value: Any, _mask: Any, *, slots_pass: Pass, scaling: float, **_: object
) -> tuple[Any, None]:
    """Write keys and values of the rows into their slots, and attend from each row to its own slot up to itself.

    Args:
        module: the attention layer.
        query: rows x heads x 1 x width.
        key: rows x key heads x 1 x width.
        value: the same.
        slots_pass: which rows belong to which slot.
        scaling: what scores are multiplied by.

    Returns:
        rows x 1 x heads x width, and no weights.
    """
    keys, values = slots_pass.slots.layer(module.layer_idx, key, value)
    _write(keys, values, key, value, slots_pass)
    given = query.new_empty((query.shape[0], 1, query.shape[1], values.shape[-1]))
    together = set(slots_pass.single)
    if together:
        _together(query, keys, values, slots_pass, scaling, given)
    for number, segment in enumerate(slots_pass.segments):
        if number not in together:
            rows = slice(slots_pass.firsts[number], slots_pass.firsts[number] + len(segment.tokens))
            given[rows, 0] = _alone(query[rows, :, 0], keys, values, slots_pass, segment, scaling)
    return given, None


def _write(keys: Any, values: Any, key: Any, value: Any, slots_pass: Pass) -> None:
    if len(slots_pass.segments) == 1:  # the usual case for one who asks alone
        segment = slots_pass.segments[0]
        keys[segment.slot, :, segment.start : segment.end] = key[:, :, 0].transpose(0, 1)
        values[segment.slot, :, segment.start : segment.end] = value[:, :, 0].transpose(0, 1)
        return
    at = slots_pass.positions[:, 0]
    keys[slots_pass.places, :, at] = key[:, :, 0]
    values[slots_pass.places, :, at] = value[:, :, 0]


def _together(query: Any, keys: Any, values: Any, slots_pass: Pass, scaling: float, given: Any) -> None:
    """Attend from one token of each of several slots; heads that share keys stand in the place of several tokens."""
    from torch.nn.functional import scaled_dot_product_attention

    rows, places = slots_pass.single_rows
    slots, longest = slots_pass.span
    here = slice(slots_pass.lowest, slots_pass.lowest + slots)
    heads = keys.shape[1]
    asked = query.new_zeros((slots, heads, query.shape[1] // heads, query.shape[-1]))
    asked[places] = query[rows, :, 0].unflatten(1, (heads, -1))
    found = scaled_dot_product_attention(
        asked, keys[here, :, :longest], values[here, :, :longest], attn_mask=slots_pass.mask, scale=scaling
    )
    given[rows, 0] = found[places].flatten(1, 2)


def _alone(query: Any, keys: Any, values: Any, slots_pass: Pass, segment: Segment, scaling: float) -> Any:
    """Attend from the tokens of one slot: tokens x heads x width."""
    from torch.nn.functional import scaled_dot_product_attention

    heads, count = keys.shape[1], len(segment.tokens)
    groups = query.shape[1] // heads
    own_keys, own_values = keys[segment.slot, None, :, : segment.end], values[segment.slot, None, :, : segment.end]
    if segment.start == 0 and count > 1:
        each_key, each_value = own_keys.repeat_interleave(groups, 1), own_values.repeat_interleave(groups, 1)
        asked = query.transpose(0, 1)[None]
        found = scaled_dot_product_attention(asked, each_key, each_value, is_causal=True, scale=scaling)
        return found[0].transpose(0, 1)
    asked = query.unflatten(1, (heads, groups)).permute(1, 2, 0, 3).flatten(1, 2)[None]
    mask = slots_pass.causal(segment, groups) if count > 1 else None
    found = scaled_dot_product_attention(asked, own_keys, own_values, attn_mask=mask, scale=scaling)
    return found[0].reshape(heads, groups, count, -1).permute(2, 0, 1, 3).flatten(1, 2)

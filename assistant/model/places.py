"""Which slot an answer gets: what a slot still holds of an earlier prompt is not computed again."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.model.attention import Slots
from assistant.model.requests import Request

LITTLE = 16
"""A common beginning of fewer tokens is not worth a slot's other tokens."""


@dataclass(slots=True)
class Held:
    """What a slot holds: the tokens whose keys and values are there, under which adapter."""

    tokens: list[int] = field(default_factory=list)
    wears: str | None = None
    request: Request | None = None
    used: int = 0


class Places:
    """Hands out slots; those of answers that are whole keep what they hold until another needs the place."""

    def __init__(self, slots: Slots) -> None:
        """Take the slots, which hold nothing yet."""
        self._slots = slots
        self._held = [Held() for _ in range(slots.count)]
        self._clock = itertools.count(1)

    @property
    def free(self) -> int:
        """How many slots no answer is being written in."""
        return sum(held.request is None for held in self._held)

    def take(self, request: Request) -> None:
        """Give a request a slot, with as much of its prompt as any slot holds already; there must be a free one."""
        source, common = self._nearest(request)
        target = self._target(source, common)
        if target != source and common:
            self._slots.copy(source, target, common)
        held = self._held[target]
        held.tokens, held.wears, held.request = request.prompt[:common], request.wears, request
        request.place, request.computed, request.reused = target, common, common

    def leave(self, request: Request, *, spoilt: bool = False) -> None:
        """Take the slot back; what it holds stays, unless it is spoilt."""
        held = self._held[request.place]
        held.tokens = [] if spoilt else (request.prompt + request.written)[: request.computed]
        held.request, held.used = None, next(self._clock)

    def _nearest(self, request: Request) -> tuple[int, int]:
        """Find the slot that holds most of the prompt's beginning, but for its last token, which gives the scores."""
        wanted = request.prompt[:-1]
        shared = [_common(self._computed(held), wanted) if held.wears == request.wears else 0 for held in self._held]
        best = max(range(len(shared)), key=shared.__getitem__)
        return (best, shared[best]) if shared[best] >= LITTLE else (best, 0)

    def _target(self, source: int, common: int) -> int:
        """Choose where it is written: over the beginning that it shares, if that is most of what is there."""
        held = self._held[source]
        if common and held.request is None and 2 * common >= len(held.tokens):
            return source
        free = [number for number, one in enumerate(self._held) if one.request is None]
        others = [number for number in free if number != source or not common] or free
        return min(others, key=lambda number: (bool(self._held[number].tokens), self._held[number].used, number))

    def _computed(self, held: Held) -> Sequence[int]:
        if held.request is None:
            return held.tokens
        return (held.request.prompt + held.request.written)[: held.request.computed]


def _common(held: Sequence[int], wanted: Sequence[int]) -> int:
    """Count the tokens at the beginning of both that are the same."""
    most = min(len(held), len(wanted))
    if list(held[:most]) == list(wanted[:most]):
        return most
    low, high = 0, most  # the first `low` are the same, and not all of the first `high`
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if held[low:middle] == wanted[low:middle] else (low, middle)
    return low

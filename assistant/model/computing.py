"""One pass of the model: tokens of answers in, scores of the next ones out."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from assistant.model.attention import Pass, Segment, Slots, attending
from assistant.model.places import Places
from assistant.model.requests import Request

PROBE = 24
"""Tokens by which it is tried whether a model computes alike in slots."""
ALIKE = 0.1
"""By how much scores may differ there, as a share of their norm; bf16 alone makes it 0.01."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a pass does for one answer."""

    request: Request
    tokens: Sequence[int]
    """The tokens that are computed: what was upcoming, and then what is guessed."""
    guessed: list[int] = field(default_factory=list)

    @property
    def scored(self) -> int:
        """Of how many of the last tokens the scores are wanted: none in the middle of a prompt."""
        request = self.request
        known = len(self.tokens) - len(self.guessed)
        return 1 + len(self.guessed) if request.computed + known == request.length else 0


class Computing(Protocol):
    """Where keys and values are kept, and passes are made."""

    @property
    def free(self) -> int:
        """How many more answers there is place for."""

    @property
    def together(self) -> bool:
        """Whether tokens of several answers, and guesses, may be computed in one pass."""

    def take(self, request: Request) -> None:
        """Give a request a place."""

    def leave(self, request: Request, *, spoilt: bool = False) -> None:
        """Take it back."""

    def compute(self, works: Sequence[Work]) -> list[Any]:
        """Compute the tokens, and return for each work the scores that it wants: tokens x vocabulary."""


class InSlots:
    """Many answers in one pass, each with its keys and values in a slot."""

    together = True

    def __init__(self, model: Any, device: Any, slots: Slots) -> None:
        """Take the model, where it is, and the slots."""
        self._model, self._device, self._slots = model, device, slots
        self._places = Places(slots)
        self.take, self.leave = self._places.take, self._places.leave

    @property
    def free(self) -> int:
        """How many more answers there is place for."""
        return self._places.free

    def compute(self, works: Sequence[Work]) -> list[Any]:
        """Compute the tokens of all answers together."""
        segments = [Segment(work.request.place, work.request.computed, work.tokens) for work in works]
        made = Pass(self._slots, segments, self._device)
        wanted: list[int] = []
        for work, first in zip(works, made.firsts, strict=True):
            end = first + len(work.tokens)
            wanted += range(end - work.scored, end)
        scores = forward(self._model, made, wanted)
        return list(scores.split([work.scored for work in works])) if wanted else [None] * len(works)


class WithCache:
    """One answer at a time, in transformers' own cache: for models that compute otherwise than in slots."""

    together = False

    def __init__(self, model: Any, device: Any) -> None:
        """Take the model, and where it is."""
        self._model, self._device = model, device
        self._cache: Any = None
        self._taken = False

    @property
    def free(self) -> int:
        """Whether there is place for an answer."""
        return 0 if self._taken else 1

    def take(self, request: Request) -> None:
        """Give a request the place."""
        self._taken, self._cache = True, None
        request.place = request.computed = 0

    def leave(self, request: Request, *, spoilt: bool = False) -> None:
        """Take it back; nothing is kept."""
        self._taken, self._cache = False, None

    def compute(self, works: Sequence[Work]) -> list[Any]:
        """Compute the tokens of the one answer."""
        import torch

        (work,) = works
        ids = torch.tensor([list(work.tokens)], device=self._device)
        made = self._model(input_ids=ids, past_key_values=self._cache, use_cache=True, logits_to_keep=1)
        self._cache = made.past_key_values
        return [made.logits[0, -1:]]


def forward(model: Any, made: Pass, wanted: Sequence[int]) -> Any:
    """Compute a pass, and the scores after some of its rows: wanted x vocabulary."""
    import torch

    inside = getattr(model, model.base_model_prefix)
    with attending(model):
        seen = inside(input_ids=made.ids, position_ids=made.positions, use_cache=False, slots_pass=made)
    rows = torch.tensor(wanted, dtype=torch.long, device=made.ids.device)
    return model.get_output_embeddings()(seen.last_hidden_state[rows, 0])


def probed(model: Any, device: Any, vocabulary: int) -> int | None:
    """Try whether a model computes in slots what it computes by itself; return the bytes that a token then takes.

    None where it does not: sliding windows, capped scores, states instead of keys, and what is yet to be invented.
    """
    import torch

    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(vocabulary, (PROBE,), generator=generator).tolist()
    slots = Slots(2, PROBE)
    begun = Pass(slots, [Segment(1, 0, tokens[:-3]), Segment(0, 0, tokens[:5])], device)
    passes = [begun, Pass(slots, [Segment(1, PROBE - 3, tokens[-3:-1]), Segment(0, 5, tokens[5:6])], device)]
    passes.append(Pass(slots, [Segment(0, 6, tokens[6:7]), Segment(1, PROBE - 1, tokens[-1:])], device))
    with suppress(AttributeError, TypeError, ValueError, RuntimeError, KeyError, IndexError), torch.inference_mode():
        plain = model(input_ids=torch.tensor([tokens], device=device), use_cache=False).logits[0]
        for made in passes[:-1]:
            forward(model, made, [0])
        found = forward(model, passes[-1], [1, 0]).float()
        expected = plain[[PROBE - 1, 6]].float()
        if bool((found - expected).norm() <= ALIKE * expected.norm()):
            return slots.token_bytes
    return None

"""The model in this process: any number of answers at once, each with its own adapter, sampling, form and end."""

import threading
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import TooLong
from assistant.model.adapters import Adapters
from assistant.model.attention import Slots
from assistant.model.batch import Batch, Counts
from assistant.model.computing import Computing, InSlots, WithCache, probed
from assistant.model.forms import Forms
from assistant.model.line import Line
from assistant.model.pieces import Piece
from assistant.model.requests import Failure, Request, Token
from assistant.model.scheduler import Scheduler
from assistant.model.text import Detokenizer
from assistant.turns import Limits, Message, Sampling, Scored
from finetune.models import Loaded

MEGABYTE = 2**20


class LocalModel:
    """A loaded model that any number of threads may ask."""

    def __init__(
        self,
        loaded: Loaded,
        *,
        context: int,
        limits: Limits | None = None,
        waited: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        """Take a loaded model.

        Args:
            loaded: model and tokenizer, from `finetune.models.load`.
            context: the most tokens of prompt and answer together; the model's own limit where that is lower.
            limits: how much may be going on at once.
            waited: is told for how many seconds each answer waited for its place.
        """
        limits = limits or Limits()
        self.name = loaded.name
        self._tokenizer, self._device = loaded.tokenizer, loaded.device
        self.context = min(context, getattr(loaded.model.config, "max_position_embeddings", None) or context)
        vocabulary = loaded.model.config.get_text_config().vocab_size
        self._forms = Forms(loaded.tokenizer, vocabulary)
        computing = _computing(loaded, self.context, limits, vocabulary)
        self._batch = Batch(computing, Adapters(loaded.model), _ends(loaded.model), _chance(loaded.device))
        self._scheduler = Scheduler(self._batch, Line(limits.waiting, limits.patience), waited)

    def close(self) -> None:
        """End the model's work; whoever waits for an answer is told so."""
        self._scheduler.close()

    @property
    def waiting(self) -> int:
        """How many answers wait for a place."""
        return self._scheduler.waiting

    @property
    def running(self) -> int:
        """How many answers are being written."""
        return self._scheduler.running

    @property
    def counts(self) -> Counts:
        """What has come of all so far."""
        return self._batch.counts

    def count(self, messages: Sequence[Message]) -> int:
        """Count the tokens of a prompt, the chat template's own included."""
        return len(self._encode(messages))

    def stream(
        self,
        messages: Sequence[Message],
        *,
        adapter: tuple[str, Path] | None,
        sampling: Sampling,
        stop: threading.Event | None = None,
        person: str | None = None,
    ) -> Generator[str, None, None]:
        """Yield the answer token by token; the pieces together are the answer.

        A token that ends in the middle of a character, or may begin a stop string, gives an empty piece.

        Closing the generator, or setting `stop`, ends the model's work within one token; what was written stays.

        Args:
            messages: the prompt; it must leave room for an answer within `context`.
            adapter: name and folder of the adapter to answer with, None for the model as it is.
            sampling: how tokens are chosen; the same seed gives the same answer, but for rounding:
                with others beside it, sums are taken in another order.
            stop: set by whoever wants the answer to end.
            person: whoever asks; places are shared out fairly between people.

        Raises:
            TooLong: the prompt leaves no room for an answer.
            ModelUnavailable: memory ran out, or the adapter does not fit; the next request works.
            Busy: too many ask at once.
            BadInput: the answer cannot have the form that is asked for.
        """
        stop, left = stop or threading.Event(), threading.Event()
        prompt = self._encode(messages)
        if len(prompt) >= self.context:
            raise TooLong(self.context)
        request = Request(
            prompt,
            adapter,
            sampling,
            most=min(sampling.max_new_tokens, self.context - len(prompt)),
            ends=lambda: stop.is_set() or left.is_set(),
            person=person,
            matcher=self._forms.matcher(sampling.form) if sampling.form else None,
        )
        try:
            self._scheduler.submit(request)
            yield from self._read(request, stop)
        finally:
            left.set()

    def _read(self, request: Request, stop: threading.Event) -> Generator[str, None, None]:
        text = Detokenizer(self._tokenizer, request.sampling.stop)
        while (token := request.tokens.get()) is not None:
            if isinstance(token, Failure):
                raise token.error
            yield Piece(text.add(token.id), self._scored(token, request.sampling))
            if text.ended or stop.is_set():
                break
        if rest := text.rest():
            yield Piece(rest)

    def _scored(self, token: Token, sampling: Sampling) -> tuple[Scored, ...]:
        if sampling.logprobs is None or token.id in self._tokenizer.all_special_ids:
            return ()
        likeliest = tuple((self._tokenizer.decode([one]), logprob) for one, logprob in token.likeliest)
        return (Scored(self._tokenizer.decode([token.id]), token.logprob, likeliest),)

    def _encode(self, messages: Sequence[Message]) -> list[int]:
        ids: list[int] = self._tokenizer.apply_chat_template(
            list(messages), add_generation_prompt=True, return_dict=True
        )["input_ids"]
        return ids


def _computing(loaded: Loaded, context: int, limits: Limits, vocabulary: int) -> Computing:
    """Choose how passes are made: in slots, as many as the cache has room for, where the model computes alike there."""
    each = probed(loaded.model, loaded.device, vocabulary)
    if each is None:
        return WithCache(loaded.model, loaded.device)
    room = limits.cache * MEGABYTE // (each * context)
    return InSlots(loaded.model, loaded.device, Slots(max(1, min(limits.places, room)), context))


def _ends(model: Any) -> frozenset[int]:
    """Return the tokens that end an answer."""
    ends = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    return frozenset(ends if isinstance(ends, list) else [] if ends is None else [ends])


def _chance(device: Any) -> Callable[[int], Any]:
    import torch

    return lambda seed: torch.Generator(device).manual_seed(seed)

"""The running batch: answers join it and leave it at any token (Yu et al., Orca, OSDI 2022)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.errors import ModelUnavailable
from assistant.model.adapters import Adapters, out_of_memory
from assistant.model.computing import Computing, Work
from assistant.model.requests import Request
from assistant.model.sampler import choose

BESIDE, ALONE = 192, 1024
"""Tokens of prompts in one pass: beside answers that are being written, who wait for it, and else."""
CHEAP = 12
"""Tokens in one pass up to which guesses are added: so many take hardly longer than one, as memory is what is slow."""


@dataclass(slots=True)
class Counts:
    """What has come of it so far."""

    passes: int = 0
    prompt_tokens: int = 0
    reused_tokens: int = 0
    """Tokens of prompts that were not computed again."""
    guessed_tokens: int = 0
    right_tokens: int = 0
    """Guessed tokens that were right."""


class Batch:
    """The answers that are being written. One thread uses it."""

    def __init__(
        self, computing: Computing, adapters: Adapters, ends: frozenset[int], chance: Callable[[int], Any]
    ) -> None:
        """Take the parts.

        Args:
            computing: makes the passes.
            adapters: those of the model.
            ends: the tokens that end an answer.
            chance: makes a generator of chance out of a seed.
        """
        self._computing, self._adapters, self._ends, self._chance = computing, adapters, ends, chance
        self._last: str | None = None
        self.running: list[Request] = []
        self.counts = Counts()

    @property
    def free(self) -> int:
        """How many more answers there is place for."""
        return self._computing.free

    def join(self, request: Request) -> None:
        """Take an answer in; where its adapter cannot be loaded it fails, and nobody else."""
        try:
            used = {one.wears for one in self.running if one.wears}
            request.wears = self._adapters.load(request.adapter, used) if request.adapter else None
            request.random = self._chance(request.sampling.seed)
            self._computing.take(request)
        except Exception as error:  # noqa: BLE001 - the border of the thread: the reader raises it again
            request.fail(error)
            return
        self.counts.prompt_tokens += len(request.prompt)
        self.counts.reused_tokens += request.reused
        self.running.append(request)

    def step(self) -> list[Request]:
        """Make one pass, and return the answers that have ended."""
        ended = [request for request in self.running if request.ends()]
        for request in ended:
            self._end(request)
        works = self._plan()
        if works:
            for work, scores in self._compute(works):
                if self._advance(work, scores):
                    ended.append(work.request)
        return ended

    def abandon(self, error: Exception) -> None:
        """Give all answers up, and their places back."""
        for request in list(self.running):
            self._fail(request, error)

    def _plan(self) -> list[Work]:
        """Choose what the next pass computes: the next token of each answer, then prompts, then guesses."""
        group = self._group()
        writing = [request for request in group if not request.reads]
        works = [Work(request, request.upcoming()) for request in writing]
        room = BESIDE if writing else ALONE
        for request in group:
            if request.reads and room:
                works.append(Work(request, request.upcoming()[:room]))
                room -= len(works[-1].tokens)
        return self._guessing(works) if len(works) == len(writing) else works

    def _guessing(self, works: list[Work]) -> list[Work]:
        """Add guesses where they cost little."""
        if not self._computing.together or not works:
            return works
        each = (CHEAP - len(works)) // len(works)
        guessed = []
        for work in works:
            # The last token comes without a guess: what is left counts the ones that are written.
            guess = work.request.lookup.guess(min(each, work.request.left - 1))
            guessed.append(Work(work.request, [*work.tokens, *guess], guess))
        return guessed

    def _group(self) -> list[Request]:
        """Return the answers whose adapters can be worn together; where not all can, one group after the other."""
        if not self._computing.together:
            return self.running[:1]
        groups: dict[str | None, list[Request]] = {}
        for request in self.running:
            alone = request.wears is not None and not self._adapters.mixes(request.wears)
            groups.setdefault(request.wears if alone else None, []).append(request)
        names = sorted(groups, key=str)
        later = [name for name in names if str(name) > str(self._last)] if self._last in names else []
        self._last = (later or names or [None])[0]
        return groups.get(self._last, [])

    def _compute(self, works: Sequence[Work]) -> list[tuple[Work, Any]]:
        """Make the pass; where it cannot be made, make one for each answer, so that only the one at fault fails."""
        try:
            self._adapters.wear([work.request.wears for work in works for _ in work.tokens])
            return list(zip(works, self._computing.compute(works), strict=True))
        except Exception as error:  # noqa: BLE001 - the border of the thread: the reader raises it again
            if out_of_memory(error):
                _release()
            if len(works) > 1:
                return [pair for work in works for pair in self._compute([work])]
            self._fail(works[0].request, error)
            return []
        finally:
            self.counts.passes += 1

    def _advance(self, work: Work, scores: Any) -> bool:
        """Take what a pass gave for one answer, and tell whether it has ended."""
        request, scored = work.request, work.scored
        request.computed += len(work.tokens) - len(work.guessed)
        if not scored:
            return False
        try:
            chosen, whole = choose(request, scores, work.guessed, self._ends)
        except Exception as error:  # noqa: BLE001 - the border of the thread: the reader raises it again
            self._fail(request, error)
            return True
        right = len(chosen) - 1
        self._learn(work, right)
        request.computed += right
        for token in chosen:
            request.written.append(token.id)
            request.lookup.add(token.id)
            request.tokens.put(token)
        if whole or request.left < 1 or chosen[-1].id in self._ends:
            self._end(request)
            return True
        return False

    def _learn(self, work: Work, right: int) -> None:
        work.request.lookup.learn(len(work.guessed), right)
        self.counts.guessed_tokens += len(work.guessed)
        self.counts.right_tokens += right

    def _end(self, request: Request) -> None:
        self.running.remove(request)
        self._computing.leave(request)
        request.tokens.put(None)

    def _fail(self, request: Request, error: BaseException) -> None:
        self.running.remove(request)
        self._computing.leave(request, spoilt=True)
        request.fail(translated(error))


def translated(error: BaseException) -> BaseException:
    """Put torch's errors of memory into one line that says what to do; what is not known stays as it is."""
    if not out_of_memory(error):
        return error
    told = ModelUnavailable(
        "the model ran out of memory for this question: ask a shorter one, or start with --quantize 4bit"
    )
    told.__cause__ = error
    return told


def _release() -> None:
    """Give memory back after a failure, so that the next pass finds it."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()

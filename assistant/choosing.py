"""Best of n: several answers are written, and the one that the company's reward model finds best is given."""

import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from assistant.errors import BadInput, ModelUnavailable
from assistant.turns import Message, Sampling
from finetune import rewards
from finetune.errors import FinetuneError
from finetune.registry import Registry
from finetune.settings import FinetuneSettings

MOST = 16
"""Answers that may be asked for at once."""


class Reward(Protocol):
    """What tells good answers from bad ones."""

    def scores(self, asked: Sequence[tuple[Sequence[Message], str]]) -> list[float]:
        """Score each answer to its prompt; more is better."""


Write = Callable[[Sampling], Generator[str, None, None]]
"""Writes an answer, sampled in that way."""


class Rewarding:
    """The latest reward adapter for the model that serves, loaded when it is first needed."""

    def __init__(self, settings: FinetuneSettings, registry: Registry) -> None:
        self._settings = settings
        self._registry = registry
        self._lock = threading.Lock()
        self._loaded: tuple[Path, Reward] | None = None

    def name(self) -> str | None:
        """Name it, None where there is none."""
        found = rewards.latest(self._registry, self._settings.model)
        return found.name if found else None

    def __call__(self) -> Reward:
        """Return it.

        Raises:
            BadInput: there is none.
            ModelUnavailable: it cannot be loaded.
        """
        found = rewards.latest(self._registry, self._settings.model)
        if found is None:
            raise BadInput("there is no reward adapter to choose by: train one with `python -m finetune reward`")
        with self._lock:
            if self._loaded is None or self._loaded[0] != found.path:
                try:
                    self._loaded = found.path, rewards.load(self._settings, found.path)
                except FinetuneError as error:
                    raise ModelUnavailable(str(error)) from error
            return self._loaded[1]


def best(
    write: Write, prompt: Sequence[Message], sampling: Sampling, variety: float, count: int, reward: Reward
) -> Generator[str, None, None]:
    """Write several answers and yield the pieces of the best one.

    Args:
        write: writes one.
        prompt: what they answer.
        sampling: of the first; the others are sampled anew.
        variety: the temperature of the others, where the first one's is lower.
        count: how many to write, 2 to 16.
        reward: tells which is best; of equals the first is taken.

    Raises:
        BadInput: the count is out of range.
    """
    if not 2 <= count <= MOST:
        raise BadInput(f"the best of {count} answers cannot be had: ask for 2 to {MOST}")
    warmer = replace(sampling, temperature=max(sampling.temperature, variety))
    each = [sampling, *(replace(warmer, seed=sampling.seed + number) for number in range(1, count))]
    answers = [list(write(one)) for one in each]
    scores = reward.scores([(prompt, "".join(pieces).strip()) for pieces in answers])
    yield from answers[scores.index(max(scores))]

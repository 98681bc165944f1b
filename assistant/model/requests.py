"""One answer that is asked of the model in this process, from the prompt to its last token."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

from assistant.model.forms import Matcher
from assistant.model.lookup import Lookup
from assistant.turns import Sampling


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong; the reader raises it."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class Token:
    """One token, and how probable it and the likeliest ones were, where that was asked for."""

    id: int
    logprob: float = 0.0
    likeliest: tuple[tuple[int, float], ...] = ()


@dataclass(eq=False)
class Request:
    """What is asked, and how far it has come. Only the thread of the batch changes it once it is in line."""

    prompt: list[int]
    adapter: tuple[str, Path] | None
    sampling: Sampling
    most: int
    """The most tokens that are written."""
    ends: Callable[[], bool]
    """Whether the reader wants no more."""
    person: str | None = None
    """Whoever asks; places are shared out fairly between people."""
    matcher: Matcher | None = None
    """What the answer's form allows next."""
    tokens: "Queue[Token | Failure | None]" = field(default_factory=Queue)
    """What the reader reads; None is the end."""
    written: list[int] = field(default_factory=list)
    place: int = -1
    """The slot that it has in the cache."""
    wears: str | None = None
    """The adapter as PEFT knows it."""
    computed: int = 0
    """How many tokens of prompt and answer have their keys and values in the slot."""
    reused: int = 0
    """How many of them were there already."""
    random: Any = None
    """Where chance comes from: a generator of torch with the seed of the sampling."""
    lookup: Lookup = field(init=False)
    since: float = field(default_factory=time.monotonic)
    """Since when it waits, or has been running."""

    def __post_init__(self) -> None:
        self.lookup = Lookup(self.prompt)

    @property
    def length(self) -> int:
        """How many tokens prompt and answer have so far."""
        return len(self.prompt) + len(self.written)

    @property
    def left(self) -> int:
        """How many tokens may still be written."""
        return self.most - len(self.written)

    @property
    def reads(self) -> bool:
        """Whether it is still at its prompt."""
        return self.computed < len(self.prompt)

    def upcoming(self) -> list[int]:
        """Return the tokens that have no keys and values yet: what is left of the prompt, or the last one written."""
        if self.reads:
            return self.prompt[self.computed :]
        return self.written[self.computed - len(self.prompt) :]

    def fail(self, error: BaseException) -> None:
        """Tell the reader what went wrong, and that this was all."""
        self.tokens.put(Failure(error))
        self.tokens.put(None)

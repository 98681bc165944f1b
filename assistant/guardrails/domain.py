"""What the assistant is for: questions unlike the description, the examples and the documents are declined."""

import logging
import re
import threading
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from assistant.guardrails.encoder import Encoder
from assistant.guardrails.likeness import OF_PASSAGES, Likeness, background
from assistant.guardrails.rails import Action, Context, Verdict
from assistant.guardrails.smalltalk import chatter
from assistant.guardrails.terms import Matrix
from assistant.guardrails.windows import windows

log = logging.getLogger(__name__)

EDGE = 24
"""Words at the beginning and the end of a long message of which either may say what it is about."""
EVERY = 60.0
"""Seconds after which it is looked again whether a collection has changed."""
FOLLOWING = 8
"""Words of a question at most that may lean on the one before it."""

_LEANS = re.compile(
    r"^\W{0,3}(?:and|but|or|so|then|also|what about|how about|what if|why|why not|when|where|who|how (?:much|many"
    r"|long|often)"
    r"|which one|is (?:it|that|this)|are (?:they|those|these)|does (?:it|that|this)|do (?:they|those|these)|same for"
    r"|even if|only|for|in|on|with|without|after|before|until|since)\b|\b(?:it|its|that|this|they|them|those|these"
    r"|one|there)\b",
    re.IGNORECASE,
)
"""What a question begins with, or holds, that leans on the one before it."""
_TASK = re.compile(
    r"\b(?:write|compose|draft|tell|sing|translate|code|program|generate|draw|paint|recommend|suggest|invent|create"
    r"|solve"
    r"|calculate|compute|play|make|cook|build|imagine|pretend|act|summari[sz]e|rewrite|poem|story|joke|recipe|song)\b",
    re.IGNORECASE,
)
"""What a question that leans on another does not ask for."""
_PARTS = re.compile(r"[.;:,\n]|\b(?:and|or)\b")


class Subjects(Protocol):
    """What the collections of documents are about."""

    def version(self, collection: str) -> Hashable:
        """Return something that changes with the collection."""

    def texts(self, collection: str) -> Sequence[str]:
        """Return titles, headings and sentences; some hundreds at most, of the whole collection."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """What the assistant is for."""

    description: str = ""
    examples: tuple[str, ...] = ()
    collection: str = ""

    @property
    def reason(self) -> str:
        """Say what the assistant helps with to somebody who asked for something else."""
        if self.description.strip():
            return f"That lies outside what this assistant is for. It helps with: {self.description.strip()}"
        if self.collection:
            return (
                f"That lies outside what this assistant is for. It answers from the documents in '{self.collection}'."
            )
        shown = "; ".join(f'"{example.strip()}"' for example in self.examples[:3])
        return f"That lies outside what this assistant is for. It helps with questions like {shown}"


class Domain:
    """Decline a question that is unlike what the assistant is for; small talk, and what asks about it, passes."""

    name = "domain"
    whole = False

    def __init__(
        self,
        encoder: Encoder,
        purpose: Purpose,
        threshold: float = 0.5,
        action: Action = "refuse",
        subjects: Subjects | None = None,
    ) -> None:
        self._encoder = encoder
        self._purpose = purpose
        self._threshold = threshold
        self._action = action
        self._learnt = _Learnt(encoder, purpose, subjects if purpose.collection else None)

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge the text; the score says how likely it lies outside."""
        likeness = self._learnt.likeness()
        if likeness is None:  # a collection that holds nothing says nothing
            return Verdict("allow", text, self.name)
        score = float(likeness.outside(self._vectors(text, context)).min())
        if score < self._threshold or chatter(text):
            return Verdict("allow", text, self.name, score=score)
        return Verdict(self._action, text, self.name, "outside", score, self._purpose.reason)

    def _vectors(self, text: str, context: Context) -> Matrix:
        """Return the vectors of all by which a message may be on topic: the whole, its ends, what it leans on."""
        whole = self._encoder([text[start:end] for start, end in windows(text)] or [text]).mean(axis=0, keepdims=True)
        parts = ends(text)
        if context.earlier and leans(text):
            parts.append(f"{context.earlier[-1]} {text}")
        return np.concatenate([whole, self._encoder(parts)]) if parts else whole


class _Learnt:
    """The likeness to the examples, and to a collection as it is now: that is looked after beside the questions."""

    def __init__(self, encoder: Encoder, purpose: Purpose, subjects: Subjects | None) -> None:
        self._encoder = encoder
        self._purpose = purpose
        self._subjects = subjects
        self._version: Hashable = None
        self._likeness: Likeness | None = None
        self._known = False
        self._next = 0.0
        self._learning = threading.Lock()

    def likeness(self) -> Likeness | None:
        """Return what there is; the first to ask waits for it."""
        if not self._known:
            with self._learning:
                if not self._known:
                    self._learn()
        elif self._subjects is not None and time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY
            threading.Thread(target=self._look_again, name="learn what a collection is about", daemon=True).start()
        return self._likeness

    def _look_again(self) -> None:
        """Learn what has changed. This is a border: where it fails, what was learnt before goes on to serve."""
        try:
            with self._learning:
                self._learn()
        except Exception as error:  # noqa: BLE001
            log.warning("What %r is about could not be learnt anew: %s", self._purpose.collection, type(error).__name__)

    def _learn(self) -> None:
        texts, version = texts_of(self._purpose), None
        if self._subjects is not None:
            version = self._subjects.version(self._purpose.collection)
            if self._known and version == self._version:
                return
            texts = (*texts, *self._subjects.texts(self._purpose.collection))
        self._likeness = learn(self._encoder, texts, OF_PASSAGES if self._subjects else None)
        self._version, self._known, self._next = version, True, time.monotonic() + EVERY


def texts_of(purpose: Purpose) -> tuple[str, ...]:
    """Return the examples and the description, also in its parts: a list of subjects is one after another."""
    parts = [part.strip() for part in _PARTS.split(purpose.description)]
    texts = [*purpose.examples, purpose.description, *(part for part in parts if len(part) > 2)]
    return tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))


@lru_cache(maxsize=8)
def learn(encoder: Encoder, texts: tuple[str, ...], usual: tuple[float, float] | None = None) -> Likeness | None:
    """Return what the texts have in common, kept for when the rails are built anew; nothing where there are none."""
    return Likeness(encoder(texts), background(), usual) if texts else None


def ends(text: str) -> list[str]:
    """Return the beginning and the end of a long message; nothing of a short one."""
    words = text.split()
    return [" ".join(words[:EDGE]), " ".join(words[-EDGE:])] if len(words) > 2 * EDGE else []


def leans(text: str) -> bool:
    """Whether a message is a short question that leans on the one before it, as "and for part-timers?" does."""
    if len(text) > FOLLOWING * 20 or len(text.split()) > FOLLOWING:
        return False
    return _LEANS.search(text) is not None and _TASK.search(text) is None

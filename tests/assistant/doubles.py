"""Doubles of what the engine asks for: a model that says what it is told to, a reader, and rails of one idea each."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assistant.guardrails.claims import coverage, sentences
from assistant.guardrails.rails import Verdict
from assistant.serving import Choice
from assistant.turns import Sampling, Support
from knowledge.documents import Document, Findings, Hit, Location, Passage
from knowledge.errors import BadInput as KnowledgeBadInput


@dataclass
class Asked:
    """One request as the model saw it."""

    messages: list[dict[str, str]]
    adapter: tuple[str, Path] | None
    sampling: Sampling
    closed: bool = False


@dataclass
class SpokenModel:
    """Gives the answers it was made with, word by word, the last one again and again; counts words as tokens."""

    answers: list[str | Exception]
    context: int = 4096
    name: str = "spoken"
    asked: list[Asked] = field(default_factory=list)

    def count(self, messages):
        return sum(len(message["content"].split()) for message in messages)

    def stream(self, messages, *, adapter, sampling, stop=None, person=None):
        stop = stop or threading.Event()
        answer = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append(Asked(list(messages), adapter, sampling))
        asked = self.asked[-1]
        try:
            if isinstance(answer, Exception):
                raise answer
            for piece in re.findall(r"\S+\s*", answer):
                if stop.is_set():
                    return
                yield piece
        finally:
            asked.closed = True


@dataclass
class FixedReader:
    """Finds the same passages whatever is asked; they are near enough where one of them is as similar as that."""

    passages_: list[Passage]
    near: float = 0.18
    standing: str = ""
    """What a question is searched as, where it is not searched as it stands."""
    gone: set[str] = field(default_factory=set)
    """The documents that were removed."""
    closed: set[str] = field(default_factory=set)
    """The documents that only whoever runs the machine may read."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    """The documents whose passages were asked for."""
    user: str | None = None

    def __call__(self, user):
        """Give the documents as a user sees them."""
        return replace(self, user=user)

    def find(self, question, **how):
        self.asked.append({"question": question, "user": self.user, **how})
        allowed = [p for p in self.passages_ if self.there(p.document_id)]
        hits = [Hit(p) for p in allowed if how.get("documents") in (None, [p.document_id])]
        nearest = max((hit.passage.similarity for hit in hits), default=0.0)
        return Findings(self.standing or question, hits, nearest, self.near)

    def document(self, document_id):
        if not self.there(document_id):
            raise KnowledgeBadInput(f"there is no document {document_id!r}")
        count = sum(p.document_id == document_id for p in self.passages_)
        return Document(document_id, "Title", "file.md", "default", "", "ready", count, None, "2026-01-01")

    def passages(self, document_id):
        self.document(document_id)
        self.read.append(document_id)
        return [p for p in self.passages_ if p.document_id == document_id]

    def there(self, document_id):
        known = any(p.document_id == document_id for p in self.passages_) and document_id not in self.gone
        return known and (self.user is None or document_id not in self.closed)


@dataclass
class Serves:
    """Lets that adapter answer everywhere which it is told to, and keeps what it hears."""

    active: Callable[[], Any]
    heard: list[Any] = field(default_factory=list)

    def choose(self, conversation_id, user):
        return Choice(self.active())

    def answered(self, choice, turn):
        self.heard.append(turn.id)

    def failed(self, choice):
        self.heard.append("failed")

    def rated(self):
        self.heard.append("rated")


@dataclass
class Says:
    """A rail that always says the same, and keeps the texts it was shown."""

    action: str
    text: str | None = None
    name: str = "says"
    whole: bool = False

    def __post_init__(self):
        self.seen = []

    def __call__(self, text, context):
        self.seen.append(text)
        return Verdict(self.action, self.text if self.text is not None else text, self.name, "rule", 0.5, "because")


@dataclass
class Forbids:
    """A rail that refuses a word."""

    word: str
    name: str = "forbids"
    whole: bool = False

    def __call__(self, text, context):
        if self.word in text:
            return Verdict("refuse", text, self.name, "the word", 1.0, "That word is not allowed.")
        return Verdict("allow", text, self.name)


@dataclass
class Breaks:
    """A rail that cannot be run."""

    name: str = "breaks"
    whole: bool = False

    def __call__(self, text, context):
        raise RuntimeError(text)


def supports(answer, passages, question=""):
    """Support a sentence by the passage that shares most words with it."""
    found = []
    for start, end in sentences(answer):
        shares = [coverage(re.sub(r"\[\d+\]", "", answer[start:end]), passage) for passage in passages]
        best = max(range(len(shares)), key=shares.__getitem__)
        found.append(Support(answer[start:end], start, end, best + 1, shares[best]))
    return found


def passage(number, text, *, similarity=0.8, start=0, heading=None, document=None):
    """Make a passage that stands in its document from `start` on."""
    return Passage(
        id=f"p{number}",
        document_id=document or f"d{number}",
        title=f"Document {number}",
        text=text,
        start=start,
        end=start + len(text),
        location=Location(heading=heading),
        score=1 / number,
        similarity=similarity,
    )

"""What is said and kept: conversations, turns, and what belongs to a turn. No SQL, no Gradio, no torch here."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

Thumb = Literal["up", "down"]
Origin = Literal["page", "api"]
"""Where a conversation was begun."""

REASONS: dict[Thumb, tuple[str, ...]] = {
    "up": ("correct", "clear", "well sourced"),
    "down": ("wrong", "not in the documents", "wrong source", "too long", "too short", "unsafe", "should have refused"),
}


class Message(TypedDict):
    """One message in the form of chat templates."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Pin:
    """What is to answer in one conversation, whatever serves everybody else."""

    adapter: str | None
    """None for the base without an adapter."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A row of turns under one title; times are ISO 8601 in UTC."""

    id: str
    title: str
    created_at: str
    updated_at: str
    pin: Pin | None = None
    origin: Origin = "page"
    user: str | None = None
    """Whose it is; None is whoever runs this machine."""


@dataclass(frozen=True, slots=True)
class Form:
    """The form that an answer must have: any JSON object, JSON by a schema, or a text that a pattern matches."""

    kind: Literal["json", "schema", "regex"]
    text: str = ""
    """The schema as JSON, or the pattern."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen; temperature 0 takes the likeliest one."""

    temperature: float = 0.0
    top_p: float = 0.95
    repetition_penalty: float = 1.1
    """Divides the score of tokens the answer already has (Keskar et al. 2019); the prompt's do not count."""
    max_new_tokens: int = 512
    seed: int = 0
    stop: tuple[str, ...] = ()
    form: Form | None = None
    """What the answer must look like; None for any text."""
    logprobs: int | None = None
    """How many likeliest tokens to tell beside each one that was chosen, 0 to 20; None to tell no probabilities."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be going on at once."""

    places: int = 8
    """Answers that are written at once, where the cache is large enough for them."""
    cache: int = 2048
    """Megabytes for keys and values, of answers that are being written and of prompts that may come again."""
    waiting: int = 64
    """Answers that may wait for a place."""
    patience: float = 120.0
    """Seconds that each may."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A token of an answer with its natural logarithm of probability, as the model gave it before any choice."""

    token: str
    logprob: float
    likeliest: tuple[tuple[str, float], ...] = ()
    """The likeliest tokens in its place, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Source:
    """A passage as it was given to the model; `marker` is the number it is cited by."""

    marker: int
    passage_id: str
    document_id: str
    title: str
    location: dict[str, Any]
    text: str
    start: int
    end: int
    score: float = 0.0
    similarity: float = 0.0
    withheld: str | None = None
    """Why title, place and text are not shown: its document was removed, or may not be read."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where an answer stands in a document: `quote` is the document's text[start:end], character for character."""

    marker: int
    document_id: str
    title: str
    location: dict[str, Any]
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Support:
    """A sentence of an answer, from `start` up to `end`, and the source that supports it best."""

    sentence: str
    start: int
    end: int
    marker: int | None
    """The number of the source, from 1; None where none comes near."""
    score: float
    """How likely it is supported, from 0 to 1."""
    missing: str | None = None
    """The numbers, dates and names of it that stand in no source, in words: the number 45, the name Jane Roe."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which rule stopped a turn, on which side, and why in plain words."""

    rail: str
    rule: str
    reason: str
    side: str = "input"


@dataclass(frozen=True, slots=True)
class Rating:
    """What a person thinks of an answer."""

    thumb: Thumb
    reasons: tuple[str, ...] = ()
    comment: str | None = None
    correction: str | None = None
    """The answer that should have been given."""


@dataclass(frozen=True, slots=True)
class Timings:
    """How long a turn took, in milliseconds, and how many tokens it has."""

    retrieval_ms: float = 0.0
    first_token_ms: float = 0.0
    total_ms: float = 0.0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """A question with one answer to it; answers to the same question at the same position are siblings."""

    id: str
    conversation_id: str
    position: int
    question: str
    """The question after masking: personal data never gets further than this."""
    answer: str = ""
    prompt: tuple[Message, ...] = ()
    """The very messages that the model saw."""
    sources: tuple[Source, ...] = ()
    citations: tuple[Citation, ...] = ()
    support: tuple[Support, ...] = ()
    refusal: Refusal | None = None
    verdicts: tuple[dict[str, Any], ...] = ()
    """What every rail said that did not simply allow, without the text."""
    abstained: bool = False
    stopped: bool = False
    searched: str | None = None
    """The question as it was searched, where what it refers to was put into it."""
    notice: str | None = None
    """What the reader should know, such as that older turns were left out."""
    nearest: tuple[Source, ...] = ()
    """The passages that came nearest, where none came near enough to answer from."""
    model: str = ""
    adapter: str | None = None
    sampling: Sampling = field(default_factory=Sampling)
    timings: Timings = field(default_factory=Timings)
    rating: Rating | None = None
    created_at: str = ""

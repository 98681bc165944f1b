"""The responses as the OpenAPI document describes them; tests hold what is answered to them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from knowledge.documents import State


class Shape(BaseModel):
    """The base of all that is answered; what more it holds may change."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class Citation(Shape):
    """Where an answer stands in a document: `quote` is the document's text from `start` to `end`."""

    marker: str
    document_id: str
    title: str
    location: dict[str, Any]
    quote: str
    start: int
    end: int


class Support(Shape):
    """A sentence of an answer, and the source that supports it best."""

    sentence: str
    marker: str | None
    score: float


class Refusal(Shape):
    """Which rule stopped an answer, and why in plain words."""

    rail: str
    rule: str
    reason: str
    side: str


class Message(Shape):
    """An answer; the fields from `citations` on are our own."""

    role: Literal["assistant"]
    content: str | None
    """None where the answer was refused."""
    refusal: str | None
    citations: list[Citation]
    support: list[Support]
    abstained: bool
    """Whether the documents do not hold the answer."""
    stopped: bool
    notice: str | None
    """What the reader should know, such as that older messages were left out."""
    searched: str | None
    nearest: list[dict[str, Any]]
    refusal_details: Refusal | None
    turn_id: str
    """What the answer is rated by."""
    conversation_id: str
    adapter: str | None
    timings: dict[str, float]


class Likely(Shape):
    """A token and the natural logarithm of its probability."""

    token: str
    logprob: float
    bytes: list[int]


class Chosen(Likely):
    """A token of the answer, with the likeliest ones in its place."""

    top_logprobs: list[Likely]


class Logprobs(Shape):
    """The tokens of an answer."""

    content: list[Chosen]


class Choice(Shape):
    """One answer of those asked for."""

    index: int
    message: Message
    logprobs: Logprobs | None
    finish_reason: Literal["stop", "length", "content_filter"]


class Usage(Shape):
    """How many tokens there were."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(Shape):
    """The answers to a question."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: Usage


class Model(Shape):
    """What can be asked for by name."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    parent: str | None
    """The base of an adapter."""


class Models(Shape):
    """All of them."""

    object: Literal["list"]
    data: list[Model]


class Vector(Shape):
    """A text as a vector: numbers, or 32-bit floats in base64."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingUsage(Shape):
    """How many tokens were read."""

    prompt_tokens: int
    total_tokens: int


class Vectors(Shape):
    """Texts as vectors."""

    object: Literal["list"]
    data: list[Vector]
    model: str
    usage: EmbeddingUsage


class Document(Shape):
    """A file that was added."""

    id: str
    object: Literal["document"]
    document_id: str
    """The same as `id`, as citations name it."""
    title: str
    source: str
    collection: str
    state: State
    passages: int
    """How many."""
    reason: str | None
    """Why it failed or was quarantined."""
    added_at: str


class Documents(Shape):
    """Those that the caller may read."""

    object: Literal["list"]
    data: list[Document]


class Removed(Shape):
    """A document that is gone."""

    id: str
    object: Literal["document"]
    deleted: Literal[True]


class Passage(Shape):
    """A stretch of a document."""

    object: Literal["passage"]
    passage_id: str
    document_id: str
    title: str
    text: str
    start: int
    end: int
    location: dict[str, Any]
    score: float
    similarity: float


class Passages(Shape):
    """What was found."""

    object: Literal["list"]
    data: list[Passage]
    relevance: float = Field(ge=0, le=1)
    """How likely it is that the passages hold the answer."""
    answerable: bool
    """Whether that is likely enough."""


class Rated(Shape):
    """The rating of an answer, as it is kept."""

    object: Literal["feedback"]
    turn_id: str
    thumb: Literal["up", "down", "none"]
    reasons: list[str]
    comment: str | None
    correction: str | None


class Adapter(Shape):
    """An adapter's card."""

    id: str
    object: Literal["adapter"]
    name: str
    state: Literal["candidate", "serving", "retired", "refused", "flagged"]
    reason: str | None
    base: str
    method: str
    scores: dict[str, Any] | None
    decision: dict[str, Any] | None


class Adapters(Shape):
    """All of them, the oldest first."""

    object: Literal["list"]
    data: list[Adapter]


class RolledBack(Shape):
    """What serves after a rollback; null for the base."""

    object: Literal["rollback"]
    serving: str | None

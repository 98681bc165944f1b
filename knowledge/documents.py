"""The words of the knowledge base as types: documents, their content as read, and passages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["reading", "ready", "failed"]
DEFAULT_COLLECTION = "default"


@dataclass(frozen=True, slots=True)
class Location:
    """Where in its document a passage stands, as far as the format knows."""

    page: int | None = None
    """Counted from 1."""
    heading: str | None = None
    """The headings above it, outermost first, joined by ` > `."""

    def as_json(self) -> dict[str, int | str]:
        """Return only what is known."""
        known = {"page": self.page, "heading": self.heading}
        return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was added to a collection."""

    id: str
    title: str
    source: str
    """The path or name it was added by."""
    collection: str
    digest: str
    """SHA-256 of its bytes; empty where they could not be had."""
    state: State
    passages: int
    """How many."""
    reason: str | None
    """Why it failed."""
    added_at: str
    """ISO 8601, UTC."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document: `text` is its stored text from `start` to `end`, character for character."""

    id: str
    document_id: str
    title: str
    text: str
    start: int
    end: int
    location: Location
    score: float = 0.0
    """How well it answers the question: the fused reciprocal ranks."""
    similarity: float = 0.0
    """The cosine between question and passage."""


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading, or on one page: the text from `start` to `end`."""

    start: int
    """The heading's own line stands before it."""
    end: int
    heading_start: int
    """Where the heading's line starts; the same as `start` where there is none."""
    headings: tuple[str, ...] = ()
    """The headings above it, outermost first, its own last."""
    level: int = 0
    """1 to 6, or 0 before the first heading."""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """A file as read: its plain text, and the sections that lie in it in order, without overlap."""

    text: str
    sections: Sequence[Section]
    title: str | None = None

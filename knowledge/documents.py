"""The words of the knowledge base as types: documents, their content as read, and passages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

State = Literal["reading", "ready", "quarantined", "failed"]
DEFAULT_COLLECTION = "default"

Box = tuple[float, float, float, float]
"""Left, top, right and bottom on a page or a slide, as shares of its width and height from the upper left corner."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where in its document a passage stands, as far as the format knows."""

    page: int | None = None
    """Counted from 1."""
    box: Box | None = None
    """The part of the page that it takes up."""
    slide: int | None = None
    """Counted from 1."""
    sheet: str | None = None
    rows: tuple[int, int] | None = None
    """The first and the last row of the sheet, or of the table, counted from 1 as spreadsheets do."""
    lines: tuple[int, int] | None = None
    """The first and the last line of the file, counted from 1."""
    part: str | None = None
    """The file inside of this one: of an archive, attached to an e-mail; outermost first, joined by ` > `."""
    heading: str | None = None
    """The headings above it, outermost first, joined by ` > `."""

    def as_json(self) -> dict[str, Any]:
        """Return only what is known."""
        known = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in known.items()
            if value is not None
        }

    @classmethod
    def from_json(cls, known: Mapping[str, Any]) -> Self:
        """Return the location that `as_json` wrote."""
        fields: dict[str, Any] = {k: tuple(value) if isinstance(value, list) else value for k, value in known.items()}
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents that the same people may read."""

    name: str
    owner: str | None = None
    """Who may add, remove and share; None where everybody may who may read."""
    readers: tuple[str, ...] | None = None
    """Who may read beside the owner; None where everybody may."""

    def readable(self, user: str | None) -> bool:
        """Tell whether a user may read it; None is whoever runs this machine, who may read everything."""
        return user is None or self.readers is None or user == self.owner or user in self.readers

    def writable(self, user: str | None) -> bool:
        """Tell whether a user may add, remove and share."""
        return user is None or user == self.owner or (self.owner is None and self.readable(user))


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was added to a collection."""

    id: str
    title: str
    source: str
    """The path, address or name it was added by."""
    collection: str
    digest: str
    """SHA-256 of its bytes; empty where they could not be had."""
    state: State
    passages: int
    """How many."""
    reason: str | None
    """Why it failed or was quarantined; where it is ready, what of it could not be read."""
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
    """How well it answers the question: the fused score, or the cross-encoder's where there is one."""
    similarity: float = 0.0
    """The cosine between question and passage."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, and what each part of the search says of it."""

    passage: Passage
    dense_rank: int | None = None
    """Its place by vectors, from 1; None where it is not among the nearest."""
    fulltext_rank: int | None = None
    """Its place by words, from 1."""
    fulltext_score: float | None = None
    """BM25: the higher, the better."""
    fused: float = 0.0
    """The score of words and vector together: see `ranking`."""
    rerank: float | None = None
    """The cross-encoder's score, where there is one."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search found, and whether it is likely to hold the answer."""

    question: str
    """As it was searched: a question that refers to earlier ones has what it refers to in it."""
    hits: Sequence[Hit]
    relevance: float
    """How likely it is that the passages hold the answer, from 0 to 1."""
    threshold: float
    """Below this relevance one should rather say that the documents do not hold it."""

    @property
    def passages(self) -> list[Passage]:
        """The passages found, best first."""
        return [hit.passage for hit in self.hits]

    @property
    def answerable(self) -> bool:
        """Whether the passages come near enough to the question."""
        return bool(self.hits) and self.relevance >= self.threshold


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
    place: Location = Location()
    """The page, slide, sheet or part that it stands on; passages never cross from one place to another."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a line of the text, from `start` to `end`, stood in the file: its box on the page, its row in the sheet."""

    start: int
    end: int
    box: Box | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """A file as read: its plain text, and the sections that lie in it in order, without overlap."""

    text: str
    sections: Sequence[Section]
    title: str | None = None
    anchors: Sequence[Anchor] = ()
    """In the order of the text, without overlap."""
    notes: Sequence[str] = ()
    """What of the file could not be read, and what to do about it: a line for each."""
    numbered: bool = False
    """Whether the text has the very lines of the file, so that they can be cited by number."""

"""What the documents give to one question: the passages found, or one document in whole."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from assistant.turns import Source
from knowledge.documents import Document, Findings, Passage
from knowledge.errors import BadInput

NOTHING_NEAR = "Nothing in the documents comes near this."
TOO_LONG = "The document is too long to be read whole, so the answer rests on those of its passages that come nearest."
NO_DOCUMENTS = "There is no document to answer from, so the model answers from what it knows itself."


class Reader(Protocol):
    """What is asked of the knowledge base, as one user may see it."""

    def find(
        self,
        question: str,
        *,
        collections: Sequence[str] | None = None,
        earlier: Sequence[str] = (),
        documents: Sequence[str] | None = None,
    ) -> Findings:
        """Find the passages nearest to a question, and tell whether they are likely to hold the answer."""

    def document(self, document_id: str) -> Document:
        """Return one document, or raise `BadInput` where there is none that may be read."""

    def passages(self, document_id: str) -> list[Passage]:
        """Return the passages of a document in order."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer is to rest on."""

    sources: Sequence[Source] = field(default_factory=list)
    answerable: bool = False
    """Whether they are likely to hold the answer."""
    searched: str | None = None
    """The question as it was searched, where it differs from the one asked."""
    notice: str | None = None


def find(
    reader: Reader,
    question: str,
    *,
    collections: Sequence[str] | None = None,
    earlier: Sequence[str] = (),
    documents: Sequence[str] | None = None,
) -> Grounds:
    """Search for a question.

    Args:
        reader: the documents as the one who asks may see them.
        question: what is asked.
        collections: where to look; by default everywhere.
        earlier: the questions before it, the oldest first: a question may refer to them.
        documents: the ids of the only documents to look in.
    """
    findings = reader.find(question, collections=collections, earlier=earlier, documents=documents)
    searched = findings.question if findings.question.strip() != question.strip() else None
    return Grounds(numbered(findings.passages), findings.answerable, searched)


def whole(reader: Reader, document_id: str, most: int) -> list[Source]:
    """Return all passages of a document, in its order; none where they are more than `most`.

    Raises:
        BadInput: there is no such document that may be read, or it is not ready.
    """
    document = reader.document(document_id)
    if document.state != "ready":
        raise BadInput(f"{document.title} is {document.state}: choose a document that is ready")
    return numbered(reader.passages(document_id)) if document.passages <= most else []


def numbered(passages: Sequence[Passage]) -> list[Source]:
    """Turn passages into sources, which are cited by their numbers from 1."""
    return [source(number, passage) for number, passage in enumerate(passages, start=1)]


def source(marker: int, passage: Passage) -> Source:
    """Turn a passage into a source that is cited by this marker."""
    return Source(
        marker=marker,
        passage_id=passage.id,
        document_id=passage.document_id,
        title=passage.title,
        location=dict(passage.location.as_json()),
        text=passage.text,
        start=passage.start,
        end=passage.end,
        score=passage.score,
        similarity=passage.similarity,
    )

"""What of a stored turn a user may still see: documents are removed, and who may read them changes."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Protocol

from assistant.turns import Source, Turn
from knowledge.documents import Document
from knowledge.errors import BadInput

REMOVED = "This document was removed, or replaced by a newer version."
QUARANTINED = "This document is quarantined until somebody has reviewed it."
FORBIDDEN = "You may not read this document."
ANSWER = "This answer rests on a document that you may not read."


class Documents(Protocol):
    """What is asked of the knowledge base."""

    def document(self, document_id: str) -> Document:
        """Return one document, or raise `BadInput` where there is none that may be read."""


class Access:
    """Judges stored turns for one user; made anew for each look, because it remembers what it has found."""

    def __init__(self, allowed: Documents, everything: Documents) -> None:
        """Take the documents that the user may read, and all that there are."""
        self._allowed = allowed
        self._everything = everything
        self._known: dict[str, str | None] = {}

    def problem(self, document_id: str) -> str | None:
        """Say why a document may not be shown, None where it may."""
        if document_id not in self._known:
            self._known[document_id] = self._problem(document_id)
        return self._known[document_id]

    def open(self, turn: Turn) -> bool:
        """Tell whether all that a turn was given to read may be shown."""
        return all(self.problem(source.document_id) is None for source in (*turn.sources, *turn.nearest))

    def closed(self, turns: Sequence[Turn]) -> set[str]:
        """Return the ids of the answers that rest on what may not be shown, be it only by what was said before them.

        Args:
            turns: all of one conversation up to some question, in order.
        """
        return _and_retold(turns, lambda turn: not self.open(turn))

    def forbidden(self, turns: Sequence[Turn]) -> set[str]:
        """Return the ids of the answers that rest on what the user may not read, in the same way."""
        return _and_retold(
            turns, lambda turn: any(self.problem(source.document_id) == FORBIDDEN for source in rests_on(turn))
        )

    def shown(self, turn: Turn, forbidden: Collection[str]) -> Turn:
        """Return a turn without what may not be shown: titles, places, passages, quotes and the prompt.

        The answer stays where a document was only removed; where the user may not read what it rests on, it goes too.

        Args:
            turn: as it is stored.
            forbidden: the ids of the answers of its conversation that rest on what the user may not read.
        """
        hidden = turn.id in forbidden
        if self.open(turn) and not hidden:
            return turn
        citations = tuple(citation for citation in turn.citations if self.problem(citation.document_id) is None)
        return replace(
            turn,
            answer=ANSWER if hidden else turn.answer,
            support=() if hidden else turn.support,
            prompt=(),
            sources=self._sources(turn.sources),
            nearest=self._sources(turn.nearest),
            citations=citations,
        )

    def _sources(self, sources: Sequence[Source]) -> tuple[Source, ...]:
        return tuple(
            replace(source, title="", location={}, text="", withheld=problem)
            if (problem := self.problem(source.document_id))
            else source
            for source in sources
        )

    def _problem(self, document_id: str) -> str | None:
        try:
            state = self._everything.document(document_id).state
        except BadInput:
            return REMOVED
        try:
            self._allowed.document(document_id)
        except BadInput:
            return FORBIDDEN
        return None if state == "ready" else QUARANTINED


def _and_retold(turns: Sequence[Turn], lost: Callable[[Turn], bool]) -> set[str]:
    """Return the ids of the turns that are lost, and of those that were told the answer of one of them."""
    found: set[str] = set()
    answers: set[str] = set()
    for turn in turns:
        if lost(turn) or any(message["content"] in answers for message in turn.prompt):
            found.add(turn.id)
            answers |= {turn.answer} if turn.answer and not turn.abstained else set()
    return found


def rests_on(turn: Turn) -> list[Source]:
    """List the sources that an answer cites or that support it; all that it was given where none does."""
    markers = {citation.marker for citation in turn.citations} | {one.marker for one in turn.support}
    return [source for source in turn.sources if source.marker in markers] or list(turn.sources)

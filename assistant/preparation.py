"""From a question to the prompt that fits: what is searched or read for it, and what was said before it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from assistant.access import Access
from assistant.guardrails.rails import kept_verdicts
from assistant.guardrails.smalltalk import chatter, small_talk
from assistant.prompts import ABSTENTION, fit, prompt_of, suit
from assistant.retrieval import NO_DOCUMENTS, NOTHING_NEAR, TOO_LONG, Grounds, Reader, find, whole
from assistant.screening import Screened
from assistant.turns import Message, Sampling, Source, Turn

CHARACTERS = 12
"""The most characters to a token; hardly any text has more than 6."""
FEWEST = 4
"""The fewest tokens that a passage takes in a prompt: its number, its title and its text."""
EARLIER = 4
"""How many earlier questions a search looks at, for what a question refers to."""


One = TypeVar("One")


class Measure(Protocol):
    """What is asked of the model before it writes."""

    @property
    def context(self) -> int:
        """The most tokens of prompt and answer together."""

    def count(self, messages: Sequence[Message]) -> int:
        """Count the tokens of a prompt."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """What the prompt of one answer is made of."""

    model: Measure
    reader: Reader
    """The documents as the one who asks may see them."""
    access: Access
    said: Sequence[Turn]
    """All answers to the questions before this one, those that are not shown among them, in order."""
    shown: Sequence[Turn]
    """Those that are shown."""
    history: int
    """How many of them the model is told at most."""
    audience: str = "adult"
    """Whom the model is to talk to."""
    careful: bool = False
    """Whether it is to answer with care."""
    screen: Callable[[Sequence[Source]], Screened] = Screened
    """What the rails leave of the sources."""
    told: Sequence[tuple[str, str]] = ()
    """Earlier questions and answers as a program tells them, checked."""
    instructions: str | None = None
    """What a program asks for beside the question, checked."""
    stage: Callable[[str], AbstractContextManager[object]] = nullcontext
    """Times a stage of the answer."""

    def chat(self, draft: Turn) -> Turn:
        """Build the prompt without documents."""
        return self._fit(draft, [])

    def search(self, draft: Turn, collections: Sequence[str] | None, document: str | None) -> Turn:
        """Find the sources and build the prompt; an abstention where the documents do not come near.

        Args:
            draft: the question.
            collections: where to look; None for everywhere.
            document: the id of one document to read in whole, or else to keep the search to.

        Raises:
            BadInput: there is no such document that may be read, or it is not ready.
        """
        # "What is this about?" asks about the assistant, but not where a document was chosen.
        if (small_talk if document else chatter)(draft.question):
            return self._fit(draft, [])
        with self.stage("retrieval"):
            grounds = self._grounds(draft, collections, document)
        draft = replace(draft, searched=grounds.searched, notice=grounds.notice)
        if grounds.answerable:
            return self._ground(draft, grounds.sources)
        # Whoever names collections or a document wants an answer out of them, also where they hold nothing at all.
        if grounds.sources or collections or document:
            return replace(
                draft, answer=ABSTENTION, abstained=True, nearest=tuple(grounds.sources), notice=NOTHING_NEAR
            )
        return self._fit(replace(draft, notice=NO_DOCUMENTS), [])

    def _ground(self, draft: Turn, sources: Sequence[Source]) -> Turn:
        """Build the prompt from what the rails leave of the sources; an abstention where they leave none."""
        screened = self.screen(sources)
        verdicts = tuple(kept for _, checked in screened.judged for kept in kept_verdicts(checked, "passage"))
        notices = filter(None, (draft.notice, screened.notice))
        draft = replace(draft, verdicts=(*draft.verdicts, *verdicts), notice=" ".join(notices) or None)
        if not screened.sources:
            return replace(draft, answer=ABSTENTION, abstained=True)
        return self._fit(draft, screened.sources, screened.texts)

    def _grounds(self, draft: Turn, collections: Sequence[str] | None, document: str | None) -> Grounds:
        """Search, or read the document wished for: in whole where it fits."""
        asked = [*(turn.question for turn in self._answered()), *(question for question, _ in self.told)]
        earlier = [question for question in _last(asked, EARLIER) if question]
        if document is None:
            return find(self.reader, draft.question, collections=collections, earlier=earlier)
        room = self._room(draft.sampling)
        sources = whole(self.reader, document, room // FEWEST)
        # To read a whole book and count its tokens takes seconds, and one look tells that it does not fit.
        short = 0 < sum(len(source.text) for source in sources) <= CHARACTERS * room
        if short and self.model.count(self._suited(prompt_of(draft.question, sources))) <= room:
            return Grounds(sources, answerable=True)
        found = find(self.reader, draft.question, earlier=earlier, documents=[document])
        return replace(found, notice=TOO_LONG)

    def _fit(self, draft: Turn, sources: Sequence[Source], texts: Mapping[str, str] | None = None) -> Turn:
        """Build the prompt; where it is too long, leave something out and say so."""
        # What rests on documents that are gone, or that may not be read, is not said again.
        closed = self.access.closed(self.said)
        kept = [turn for turn in _last(self._answered(), self.history) if turn.id not in closed]
        history = [*((turn.question, turn.answer) for turn in kept), *self.told]

        def build(found: Sequence[Source], said: Sequence[tuple[str, str]]) -> tuple[Message, ...]:
            return self._suited(prompt_of(draft.question, found, said, texts))

        with self.stage("prompt"):
            prompt, left, notices = fit(build, sources, history, self.model.count, self._room(draft.sampling))
        notices = [draft.notice, *notices] if draft.notice else notices
        return replace(draft, prompt=prompt, sources=tuple(left), notice=" ".join(notices) or None)

    def _suited(self, prompt: Sequence[Message]) -> tuple[Message, ...]:
        return suit(prompt, self.audience, careful=self.careful, instructions=self.instructions)

    def _room(self, sampling: Sampling) -> int:
        """Return the most tokens of a prompt that leave room for an answer."""
        return self.model.context - min(sampling.max_new_tokens, self.model.context // 4)

    def _answered(self) -> list[Turn]:
        return [turn for turn in self.shown if turn.answer and not turn.refusal]


def _last(row: Sequence[One], most: int) -> Sequence[One]:
    return row[max(0, len(row) - most) :]

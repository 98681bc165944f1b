"""One question to one stored turn: rails, retrieval, prompt, model, rails, citations. No Gradio and no torch here."""

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import Protocol
from uuid import uuid4

from assistant.access import Access
from assistant.citations import cite
from assistant.errors import BadInput
from assistant.guardrails.rails import Checked, Context, Passed, Rails, Released, Stopped, check, guard, kept_verdicts
from assistant.preparation import Preparation
from assistant.prompts import ABSTENTION
from assistant.retrieval import Reader
from assistant.screening import screen
from assistant.settings import ChatSettings
from assistant.store.store import Store
from assistant.turns import Message, Rating, Refusal, Sampling, Support, Timings, Turn
from finetune.registry import Adapter


class ChatModel(Protocol):
    """What the engine asks of a model."""

    @property
    def name(self) -> str:
        """What the model was asked for by."""

    @property
    def context(self) -> int:
        """The most tokens of prompt and answer together."""

    def count(self, messages: Sequence[Message]) -> int:
        """Count the tokens of a prompt."""

    def stream(
        self,
        messages: Sequence[Message],
        *,
        adapter: tuple[str, Path] | None,
        sampling: Sampling,
        stop: threading.Event | None = None,
    ) -> Generator[str, None, None]:
        """Yield the answer piece by piece."""


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the answer that has passed the rails."""

    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """The question as it is kept, and the sources that the model is given."""

    turn: Turn


@dataclass(frozen=True, slots=True)
class Done:
    """The turn as it is stored; what was shown so far gives way to it."""

    turn: Turn


Event = Found | Delta | Done


@dataclass(frozen=True, slots=True)
class Wishes:
    """How one question is to be answered."""

    documents: bool = True
    """Answer from the documents, or else chat."""
    collections: tuple[str, ...] | None = None
    """Where to look; None for everywhere that the user may read."""
    document: str | None = None
    """The id of one document to read in whole, or else to keep the search to."""
    user: str | None = None
    """Who asks: nothing is answered from what they may not read. None is whoever runs this machine."""
    sampling: Sampling | None = None
    """None for the settings' own."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set to end the answer early; what was written of it is kept."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The parts that an answer needs, put together in app.py."""

    settings: ChatSettings
    model: ChatModel
    store: Store
    reader: Callable[[str | None], Reader]
    """The documents as a user may see them; as whoever runs this machine does for None."""
    active: Callable[[], Adapter | None]
    """The adapter that serves now, asked before each answer."""
    rails: Callable[[], Rails]
    """The rails of the policy as it is now, asked before each answer."""
    support: Callable[[str, Sequence[str]], Sequence[Support]]
    """An answer and its passages to what supports each sentence that claims something."""

    def reply(self, conversation_id: str, question: str, wishes: Wishes | None = None) -> Iterator[Event]:
        """Answer a new question, as events: the sources, text as it passes the rails, then the stored turn."""
        draft = Turn(
            id=uuid4().hex,
            conversation_id=conversation_id,
            position=self.store.next_position(conversation_id),
            question=question,
        )
        yield from self._answer(draft, wishes or Wishes())

    def regenerate(self, turn_id: str, wishes: Wishes | None = None) -> Iterator[Event]:
        """Answer a turn's question once more, differently; the answers so far are kept as its siblings."""
        wishes = wishes or Wishes()
        turn = self.store.turn(turn_id)
        varied = replace(
            self.settings.sampling,
            temperature=max(self.settings.temperature, self.settings.variety),
            seed=SystemRandom().randrange(2**31),
        )
        draft = Turn(
            id=uuid4().hex,
            conversation_id=turn.conversation_id,
            position=turn.position,
            question=turn.question,
        )
        yield from self._answer(draft, replace(wishes, sampling=wishes.sampling or varied))

    def rate(self, turn_id: str, rating: Rating | None) -> Turn:
        """Set, change or (with None) take back a rating; personal data in its words is masked before it is kept."""
        if rating is not None:
            rating = replace(rating, comment=self._kept(rating.comment), correction=self._kept(rating.correction))
        return self.store.rate(turn_id, rating)

    def _kept(self, text: str | None) -> str | None:
        return self.masked(text) if text and text.strip() else None

    def masked(self, text: str) -> str:
        """Mask the personal data in what a person typed beside a question.

        Raises:
            BadInput: the rail that masks is broken, so that the text cannot be kept.
        """
        rails = self.rails()
        masking = [rail for rail in rails.input if rail.name == "privacy"]
        checked = check(masking, text.strip(), Context("input", rails.audience, seconds=rails.seconds))
        if checked.stopped:
            raise BadInput(checked.reason or "this text could not be checked for personal data, so it was not kept")
        return checked.text

    def _answer(self, draft: Turn, wishes: Wishes) -> Iterator[Event]:
        began = time.perf_counter()
        rails = self.rails()
        audience = rails.audience_of(wishes.user)
        asked = check(rails.input, draft.question, Context("input", audience, seconds=rails.seconds))
        adapter = self.active()
        draft = replace(
            draft,
            question=asked.text,
            verdicts=kept_verdicts(asked, "input"),
            model=self.model.name,
            adapter=adapter.name if adapter else None,
            sampling=wishes.sampling or self.settings.sampling,
        )
        if asked.stopped:
            yield self._refuse(draft, asked, "input")
            return
        draft = self._prepare(draft, wishes, rails)
        draft = replace(draft, timings=Timings(retrieval_ms=_since(began)))
        yield Found(draft)
        if draft.abstained:
            yield self._keep(draft, began)
            return
        yield from self._write(draft, adapter, wishes, rails, began)

    def _prepare(self, draft: Turn, wishes: Wishes, rails: Rails) -> Turn:
        """Give the draft its sources and its prompt, or else an abstention for an answer."""
        said = [turn for turn in self.store.turns(draft.conversation_id) if turn.position < draft.position]
        shown = [turn for turn, _ in self.store.siblings(draft.conversation_id) if turn.position < draft.position]
        reader = self.reader(wishes.user)
        access = Access(reader, self.reader(None))
        context = Context("passage", rails.audience_of(wishes.user), draft.question, seconds=rails.seconds)
        screening = partial(screen, rails=rails.passage, context=context)
        preparation = Preparation(self.model, reader, access, said, shown, self.settings.history, screening)
        if not wishes.documents:
            return preparation.chat(draft)
        return preparation.search(draft, wishes.collections, wishes.document)

    def _write(
        self, draft: Turn, adapter: Adapter | None, wishes: Wishes, rails: Rails, began: float
    ) -> Iterator[Event]:
        """Stream the answer through the output rails and keep it, also when the reader goes away in the middle."""
        pieces = _Counted(
            self.model.stream(
                draft.prompt,
                adapter=(adapter.name, adapter.path) if adapter else None,
                sampling=draft.sampling,
                stop=wishes.stop,
            )
        )
        passages = tuple(source.text for source in draft.sources)
        context = Context("output", rails.audience_of(wishes.user), draft.question, passages, seconds=rails.seconds)
        answer = ""
        ended: Passed | Stopped | None = None
        try:
            for event in guard(rails.output, pieces.stream(), context, holds=rails.holds):
                if isinstance(event, Released):
                    answer += event.text
                    yield Delta(event.text)
                else:
                    ended = event
        except GeneratorExit:
            self._finish(draft, answer, pieces, began, stopped=True)
            raise
        if isinstance(ended, Stopped):
            yield self._refuse(
                replace(draft, verdicts=(*draft.verdicts, *kept_verdicts(ended.checked, "output"))),
                ended.checked,
                "output",
            )
            return
        if ended is not None:
            draft = replace(draft, verdicts=(*draft.verdicts, *kept_verdicts(ended.checked, "output")))
        yield self._finish(draft, answer, pieces, began, stopped=wishes.stop.is_set())

    def _finish(self, draft: Turn, answer: str, pieces: "_Counted", began: float, *, stopped: bool) -> Done:
        answer = answer.strip()
        first = (pieces.first - began) * 1000 if pieces.first else 0.0
        timings = replace(draft.timings, first_token_ms=first, tokens=pieces.count)
        draft = replace(draft, answer=answer, stopped=stopped, timings=timings)
        if answer.startswith(ABSTENTION.rstrip(".")):
            return self._keep(replace(draft, answer=ABSTENTION, abstained=True), began)
        if draft.sources and answer:
            passages = [source.text for source in draft.sources]
            answer, citations = cite(answer, draft.sources, self.support(answer, passages))
            # Putting markers right moves the sentences, so that what supports them is placed anew.
            support = tuple(self.support(answer, passages))
            draft = replace(draft, answer=answer, citations=citations, support=support)
        return self._keep(draft, began)

    def _refuse(self, draft: Turn, checked: Checked, side: str) -> Done:
        refusal = Refusal(checked.rail or "", checked.rule or "", checked.reason or "", side)
        question = draft.question if side == "output" or checked.action != "refuse" else checked.text
        return Done(self.store.add_turn(replace(draft, question=question, answer="", refusal=refusal)))

    def _keep(self, turn: Turn, began: float) -> Done:
        return Done(self.store.add_turn(replace(turn, timings=replace(turn.timings, total_ms=_since(began)))))


class _Counted:
    """A stream that remembers when its first piece came and how many there were."""

    def __init__(self, pieces: Generator[str, None, None]) -> None:
        self._pieces = pieces
        self.first: float | None = None
        self.count = 0

    def stream(self) -> Generator[str, None, None]:
        """Yield the pieces; closing this closes the model's stream."""
        try:
            for piece in self._pieces:
                self.first = self.first or time.perf_counter()
                self.count += 1
                yield piece
        finally:
            self._pieces.close()


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000

"""One question to one stored turn: rails, retrieval, prompt, model, rails, citations. No Gradio and no torch here."""

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import SystemRandom
from typing import Protocol
from uuid import uuid4

from assistant.access import Access
from assistant.appeals import Withdrawn
from assistant.audit import BROKEN, Trail
from assistant.choosing import Reward, best
from assistant.earlier import Admitted, admit, exchanges
from assistant.errors import BadInput, Busy
from assistant.events import Delta, Event, Found, revealed
from assistant.guardrails import typed
from assistant.guardrails.rails import Context, Rails, Side, check, kept_verdicts
from assistant.guardrails.restoring import Originals
from assistant.guardrails.streaming import Judged, Released, guard
from assistant.keeping import Keeping, passages, since
from assistant.metrics import Metrics
from assistant.model.counted import Counted
from assistant.notices import noted
from assistant.preparation import CHARACTERS, Preparation
from assistant.retrieval import Reader
from assistant.running import Running
from assistant.screening import Screened, screen
from assistant.serving import Choice, Serving
from assistant.settings import ChatSettings
from assistant.stages import Stages
from assistant.store.store import Store
from assistant.turns import Message, Pin, Rating, Sampling, Source, Support, Timings, Turn
from assistant.wishes import Wishes


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
        person: str | None = None,
    ) -> Generator[str, None, None]:
        """Yield the answer piece by piece; places are shared out fairly between people."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The parts that an answer needs, put together in app.py."""

    settings: ChatSettings
    model: ChatModel
    store: Store
    reader: Callable[[str | None], Reader]
    """The documents as a user may see them; as whoever runs this machine does for None."""
    serving: Serving
    """What chooses the adapter before each answer, and hears what came of it."""
    rails: Callable[[], Rails]
    """The rails of the policy as it is now, asked before each answer."""
    support: Callable[[str, Sequence[str], str], Sequence[Support]]
    """An answer, its passages and the question to what supports each sentence that claims something."""
    reward: Callable[[], Reward]
    """The company's reward model, asked for where the best of several answers is wished for."""
    withdrawn: Withdrawn = field(default_factory=Withdrawn)
    """The answers that were withdrawn last, for whoever appeals."""
    stages: Stages = field(default_factory=lambda: Stages(Metrics()))
    """What times an answer, and counts what becomes of it."""
    running: Running = field(default_factory=Running)
    """The answers that are being written, and whether more may be begun."""

    @property
    def _keeping(self) -> Keeping:
        return Keeping(self.store, self.support, self.withdrawn, self.stages)

    @property
    def metrics(self) -> Metrics:
        """What is counted and timed while people ask."""
        return self.stages.metrics

    def reply(self, conversation_id: str, question: str, wishes: Wishes | None = None) -> Iterator[Event]:
        """Answer a new question, as events: the sources, text as it passes the rails, then the stored turn."""
        question = question.encode("utf-8", "replace").decode()  # half a character can be neither hashed nor stored
        draft = Turn(
            id=uuid4().hex,
            conversation_id=conversation_id,
            position=self.store.next_position(conversation_id),
            question=question,
        )
        yield from self._watched(draft, wishes or Wishes(), question)

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
        varied_wishes = replace(wishes, sampling=wishes.sampling or varied)
        yield from self._watched(draft, varied_wishes, wishes.originals.written(turn))

    def rate(self, turn_id: str, rating: Rating | None, originals: Originals | None = None) -> Turn:
        """Set, change or (with None) take back a rating; personal data in its words is masked before it is kept."""
        if rating is not None:
            masked = partial(self.masked, turn=self.store.turn(turn_id), originals=originals or Originals())
            comment, correction = masked(rating.comment or ""), masked(rating.correction or "")
            rating = replace(rating, comment=comment or None, correction=correction or None)
        rated = self.store.rate(turn_id, rating)
        self.metrics.rated(rating)
        self.serving.rated()
        return rated

    def pin(self, conversation_id: str, pin: Pin | None) -> None:
        """Let one adapter, or the base, answer in a conversation; with None, what serves everybody."""
        self.serving.pin(conversation_id, pin)

    def masked(self, text: str, turn: Turn | None = None, originals: Originals | None = None) -> str:
        """Mask the personal data in what a person typed beside a question, as `typed.masked` does."""
        turns = self.store.turns(turn.conversation_id) if turn else ()
        return typed.masked(self.rails(), text, turn, originals, turns)

    def _watched(self, draft: Turn, wishes: Wishes, written: str) -> Generator[Event, None, None]:
        """Answer, unless no answer is begun any more, and let it be counted and traced."""
        with self.running.answer(wishes.stop), self.stages.turn(draft.id):
            answer = revealed(self._answer(draft, wishes, written), draft, wishes.originals)
            yield from self.metrics.watched(answer)

    def _answer(self, draft: Turn, wishes: Wishes, written: str) -> Generator[Event, None, None]:
        began = time.perf_counter()
        rails = self.rails()
        admitted = self._admit(draft, wishes, rails)
        wishes = replace(wishes, earlier=admitted.messages, instructions=admitted.instructions)
        context = self._context("input", draft, wishes, rails)
        earlier = (*self._earlier(draft), *(question for question, _ in admitted.exchanges if question))
        with self.stages.stage(draft.id, "rails in"):
            asked = check(rails.input, draft.question, replace(context, earlier=earlier))
        wishes.originals.remember(draft.conversation_id, draft.position, asked.originals)
        choice = self.serving.choose(draft.conversation_id, wishes.user)
        adapter = choice.adapter.name if choice.adapter else None
        trail = Trail(draft.id, wishes.user, adapter, rails.version, began)
        # What cannot be logged is not answered: this comes before anything is shown.
        said = [entry for text, checked in admitted.judged for entry in trail.said("input", checked, text)]
        self.store.audit.append([*said, *trail.said("input", asked, draft.question)])
        draft = replace(
            draft,
            question=asked.text,
            verdicts=kept_verdicts(asked, "input"),
            model=self.model.name,
            adapter=adapter,
            sampling=wishes.sampling or self.settings.sampling,
        )
        wishes.originals.wrote(draft, written)
        if asked.stopped:
            yield self._keeping.refuse(draft, asked, "input")
            return
        draft = self._prepare(draft, wishes, rails, trail, careful=bool(asked.helps))
        notice = noted(draft.notice, (*choice.notices, *admitted.notices, *asked.helps))
        draft = replace(draft, notice=notice, timings=Timings(retrieval_ms=since(began)))
        if draft.abstained:
            done = self._keeping.keep(draft, trail)  # before a reader can go away
            yield Found(draft, draft)
            yield done
            return
        yield from self._write(draft, choice, wishes, rails, trail)

    def _admit(self, draft: Turn, wishes: Wishes, rails: Rails) -> Admitted:
        """Let the rails look at what a program sent beside the question, if anything."""
        if not wishes.earlier and not wishes.instructions:
            return Admitted()
        context = self._context("input", draft, replace(wishes, earlier=(), instructions=None), rails)
        most = CHARACTERS * self.model.context
        admitted = admit(rails, wishes.earlier, wishes.instructions, context, most)
        wishes.originals.remember(draft.conversation_id, draft.position, admitted.originals)
        return admitted

    def _earlier(self, draft: Turn) -> tuple[str, ...]:
        """Return the questions before this one that were answered."""
        shown = (turn for turn, _ in self.store.siblings(draft.conversation_id) if turn.position < draft.position)
        return tuple(turn.question for turn in shown if turn.answer and not turn.refusal)

    def _prepare(self, draft: Turn, wishes: Wishes, rails: Rails, trail: Trail, *, careful: bool) -> Turn:
        """Give the draft its sources and its prompt, or else an abstention for an answer."""
        said = [turn for turn in self.store.turns(draft.conversation_id) if turn.position < draft.position]
        shown = [turn for turn, _ in self.store.siblings(draft.conversation_id) if turn.position < draft.position]
        reader = self.reader(wishes.user)
        access = Access(reader, self.reader(None))
        audience = rails.audience_of(wishes.user)
        context = Context("passage", audience, draft.question, seconds=rails.seconds)
        screening = partial(self._screen, rails=rails, context=context, trail=trail)
        preparation = Preparation(
            self.model, reader, access, said, shown, self.settings.history, audience, careful, screening,
            exchanges(wishes.earlier), wishes.instructions, partial(self.stages.stage, draft.id),
        )  # fmt: skip
        if not wishes.documents:
            return preparation.chat(draft)
        return preparation.search(draft, wishes.collections, wishes.document)

    def _screen(self, sources: Sequence[Source], rails: Rails, context: Context, trail: Trail) -> Screened:
        """Run the rails over the passages found, and log what they hold against them."""
        screened = screen(sources, rails.passage, context)
        for source, checked in screened.judged:
            self.store.audit.append(trail.said("passage", checked, source.text))
        return screened

    def _write(self, draft: Turn, choice: Choice, wishes: Wishes, rails: Rails, trail: Trail) -> Iterator[Event]:
        """Stream the answer through the output rails and keep it, also when the reader goes away in the middle."""
        pieces = Counted(self._pieces(draft, choice, wishes))
        context = self._context("output", draft, wishes, rails)
        context = replace(context, question=draft.question, passages=passages(draft))
        answer = ""
        last: Judged | None = None

        def judged(stream: Generator[str, None, None]) -> Generator[Judged, None, None]:
            return guard(rails.output, stream, context, holds=rails.holds)

        try:
            yield Found(draft, draft)
            # Held by nothing but this loop, so that the model stops before what it wrote is stored.
            for last in self.stages.writing(draft.id, pieces.stream(), judged):
                if isinstance(last, Released):
                    answer += last.text
                    yield Delta(last.text)
        except GeneratorExit:
            with self._logged(trail, answer):
                done = self._keeping.finish(replace(draft, stopped=True), answer, pieces, trail, last)
            self.serving.answered(choice, done.turn)
            raise
        except BaseException as error:
            self.store.audit.append(trail.ended(BROKEN, answer))
            if not isinstance(error, Busy | BadInput):  # that says nothing about the adapter
                self.serving.failed(choice)
            raise
        with self._logged(trail, answer):
            done = self._keeping.finish(replace(draft, stopped=wishes.stop.is_set()), answer, pieces, trail, last)
        self.serving.answered(choice, done.turn)
        # Where the rails changed the text, its tokens would tell what they took out.
        told = answer.strip() == pieces.text.strip() and not done.turn.refusal
        yield replace(done, scored=pieces.scored) if told else done

    def _pieces(self, draft: Turn, choice: Choice, wishes: Wishes) -> Generator[str, None, None]:
        serving = (choice.adapter.name, choice.adapter.path) if choice.adapter else None

        def write(sampling: Sampling) -> Generator[str, None, None]:
            return self.model.stream(
                draft.prompt, adapter=serving, sampling=sampling, stop=wishes.stop, person=wishes.user
            )

        if wishes.best_of == 1:
            return write(draft.sampling)
        return best(write, draft.prompt, draft.sampling, self.settings.variety, wishes.best_of, self.reward())

    @contextmanager
    def _logged(self, trail: Trail, answer: str) -> Iterator[None]:
        """Log an answer that was shown also where it cannot be kept, whatever the reason."""
        try:
            yield
        except BaseException:
            self.store.audit.append(trail.ended(BROKEN, answer))
            raise

    def _context(self, side: Side, draft: Turn, wishes: Wishes, rails: Rails) -> Context:
        """Return what the rails may know of a conversation: no placeholder in it may come to mean another datum."""
        told = (*(message["content"] for message in wishes.earlier), *filter(None, [wishes.instructions]))
        said = (*typed.said(self.store.turns(draft.conversation_id)), *told)
        known = wishes.originals.of(draft.conversation_id, draft.position)
        return Context(side, rails.audience_of(wishes.user), said=said, originals=known, seconds=rails.seconds)

"""One request for answers, from the conversation it belongs to until all of them are stored."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from assistant.api.callers import Caller
from assistant.api.v1 import models
from assistant.api.v1.asking import Completion
from assistant.api.v1.problems import Problem
from assistant.api.v1.running import Alone, together
from assistant.api.v1.saying import Told
from assistant.assembly import Assistant
from assistant.events import Delta, Done, Event, Found
from assistant.wishes import Wishes

Heard = tuple[int, Found | Delta | Told]


@dataclass(frozen=True, slots=True)
class Answering:
    """One request while it is answered; it blocks, and so runs in a thread of its own."""

    assistant: Assistant
    caller: Caller
    asked: Completion
    wishes: Wishes
    alone: Alone

    def events(self) -> Iterator[Heard]:
        """Yield what happens, with the number of the answer among those asked for.

        Raises:
            Problem: there is no such model, collection or conversation, or nothing is asked.
        """
        question = self.asked.question
        conversation = self._conversation()
        with self.alone.answering(conversation, self.wishes.stop):
            yield from self._answers(conversation, question)

    def _answers(self, conversation: str, question: str) -> Iterator[Heard]:
        first = ""
        for event in self._numbered(0, self.assistant.engine.reply(conversation, question, self.wishes)):
            if isinstance(event[1], Told):
                first = event[1].turn.id
            yield event
        more = range(1, self.asked.n or 1)
        if more and not self.wishes.stop.is_set():
            yield from together([partial(self._again, first, index) for index in more])
            self.assistant.store.show(first)

    def _again(self, first: str, index: int) -> Iterator[Heard]:
        """Answer once more, a sibling of the first answer that is sampled anew."""
        engine = self.assistant.engine
        sampling = self.wishes.sampling or engine.settings.sampling
        warmer = max(sampling.temperature, engine.settings.variety)
        temperature = sampling.temperature if self.asked.temperature is not None else warmer
        varied = replace(sampling, temperature=temperature, seed=(sampling.seed + index) % 2**31)
        return self._numbered(index, engine.regenerate(first, replace(self.wishes, sampling=varied)))

    def _numbered(self, index: int, events: Iterator[Event]) -> Iterator[Heard]:
        for event in events:
            yield index, self._told(event) if isinstance(event, Done) else event

    def _told(self, done: Done) -> Told:
        model = self.assistant.engine.model
        if not done.turn.prompt:  # it was refused, or the documents do not hold it
            return Told(done.shown)
        asked = model.count(done.turn.prompt)
        return Told(done.shown, done.scored, asked, model.context - asked)

    def _conversation(self) -> str:
        """Return the conversation to answer in: a new one, or the one to go on with."""
        pin = models.pin(self.assistant, self.asked.model)
        self._check_collections()
        store, owner = self.assistant.store, self.caller.owner
        wanted = self.asked.conversation_id
        if wanted is None:
            wanted = store.add_conversation(origin="api", user=owner).id
        elif (found := store.conversation(wanted)) is None or found.origin != "api" or owner not in (None, found.user):
            raise Problem(
                404, "there is no such conversation: leave conversation_id out to begin one", "conversation_id"
            )
        if pin != store.pinned(wanted):
            self.assistant.engine.pin(wanted, pin)
        return wanted

    def _check_collections(self) -> None:
        named = self.wishes.collections or ()
        reader = self.assistant.library.reader(self.caller.user)
        there = {one.name for one in reader.collections()} if named else set()
        if missing := [name for name in named if name not in there]:
            raise Problem(
                400, f"knowledge: there is no collection {missing[0]!r} that may be read", "knowledge", "no_collection"
            )

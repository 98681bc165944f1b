"""Chat completions: a question in OpenAI's form, answered by the same engine as on the page."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from assistant.api.callers import Caller, caller
from assistant.api.v1 import models, shapes
from assistant.api.v1.asking import Completion, wishes
from assistant.api.v1.problems import Problem, responses
from assistant.api.v1.running import Left, Running, together, unless_gone
from assistant.api.v1.saying import Reply, Told
from assistant.api.v1.streaming import Written, stream
from assistant.assembly import Assistant
from assistant.engine import Wishes
from assistant.events import Delta, Done, Event, Found

if TYPE_CHECKING:
    pass

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Whoever stands in between keeps nothing, and hands on each event at once."""
GONE = 499
"""What is noted where nobody reads the answer, as nginx does."""
STREAMED = {
    "model": shapes.ChatCompletion,
    "description": "The answer; where `stream` is true, as events.",
    "content": {"text/event-stream": {}},
}


def router(assistant: Assistant) -> Any:
    """Build the route /chat/completions."""
    from fastapi import APIRouter, Request
    from starlette.responses import JSONResponse, Response, StreamingResponse

    routes = APIRouter(tags=["chat"])
    running = Running()
    described: Any = responses(shapes.ChatCompletion, 400, 404, 413, 429) | {200: STREAMED}

    @routes.post("/chat/completions", responses=described, response_model=None)
    async def completions(asked: Completion, request: Request) -> Response:
        """Answer the last question, with citations and refusal as extra fields of the message."""
        wanted = wishes(asked, assistant.settings.chat, caller(request).user)
        answering = Answering(assistant, caller(request), asked, wanted)
        reply = Reply(uuid4().hex, asked.model)
        events = running.events(answering.events, wanted.stop)
        try:
            if not asked.stream:
                return JSONResponse(reply.whole(await unless_gone(request, _ended(events))))
            begun = await unless_gone(request, _begun(events))
        except Left:
            return Response(status_code=GONE)
        options = asked.stream_options
        parts = stream(_all(begun, events), reply, tells_usage=bool(options and options.include_usage))
        return StreamingResponse(parts, media_type="text/event-stream", headers=HEADERS)

    return routes


Heard = tuple[int, Found | Delta | Told]


@dataclass(frozen=True, slots=True)
class Answering:
    """One request while it is answered; it blocks, and so runs in a thread of its own."""

    assistant: Assistant
    caller: Caller
    asked: Completion
    wishes: Wishes

    def events(self) -> Iterator[Heard]:
        """Yield what happens, with the number of the answer among those asked for.

        Raises:
            Problem: there is no such model, collection or conversation, or nothing is asked.
        """
        question = self.asked.question
        conversation = self._conversation()
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
        store = self.assistant.store
        wanted = self.asked.conversation_id
        if wanted is None:
            wanted = store.add_conversation(origin="api").id
        elif (found := store.conversation(wanted)) is None or found.origin != "api":
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


async def _ended(events: AsyncGenerator[Heard | None, None]) -> list[Told]:
    """Wait for all answers."""
    async with aclosing(events):
        ended = {one[0]: one[1] async for one in events if one is not None and isinstance(one[1], Told)}
    return [ended[index] for index in sorted(ended)]


async def _begun(events: AsyncGenerator[Heard | None, None]) -> Written | None:
    """Wait for the first word, so that what goes wrong before it has a status of its own; but not for ever."""
    async for one in events:
        if one is None or not isinstance(one[1], Found):
            return one  # type: ignore[return-value]
    return None


async def _all(
    begun: Written | None, events: AsyncGenerator[Heard | None, None]
) -> AsyncGenerator[Written | None, None]:
    async with aclosing(events):
        yield begun
        async for one in events:
            if one is None or not isinstance(one[1], Found):
                yield one  # type: ignore[misc]

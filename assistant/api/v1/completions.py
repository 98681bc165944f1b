"""Chat completions: a question in OpenAI's form, answered by the same engine as on the page."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from assistant.api.callers import caller
from assistant.api.v1 import shapes
from assistant.api.v1.answering import Answering, Heard
from assistant.api.v1.asking import Completion, wishes
from assistant.api.v1.problems import responses
from assistant.api.v1.running import Alone, Left, Running, unless_gone
from assistant.api.v1.saying import Reply, Told
from assistant.api.v1.streaming import Written, stream
from assistant.assembly import Assistant
from assistant.events import Found

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
    running, alone = Running(), Alone()
    described: Any = responses(shapes.ChatCompletion, 400, 404, 413, 429) | {200: STREAMED}

    @routes.post("/chat/completions", responses=described, response_model=None)
    async def completions(asked: Completion, request: Request) -> Response:
        """Answer the last question, with citations and refusal as extra fields of the message."""
        wanted = wishes(asked, assistant.settings.chat, caller(request).user)
        answering = Answering(assistant, caller(request), asked, wanted, alone)
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

"""Answers as server-sent events, in OpenAI's chunks.

https://platform.openai.com/docs/api-reference/chat/streaming
"""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from assistant.api.v1.problems import problem
from assistant.api.v1.saying import Reply, Told
from assistant.events import Delta

Written = tuple[int, Delta | Told]
"""The number of an answer among those asked for, and a piece of it, or its end."""
ALIVE = ": the answer is being prepared\n\n"
"""A comment, so that nobody in between takes the connection for dead."""
DONE = "data: [DONE]\n\n"


async def stream(
    events: AsyncGenerator[Written | None, None], reply: Reply, *, tells_usage: bool
) -> AsyncGenerator[str, None]:
    """Yield the events of a response; what goes wrong in the middle is an event, too, and the last one."""
    shown: dict[int, str] = {}
    ended: list[Told] = []
    try:
        async with aclosing(events):
            async for one in events:
                if one is None:
                    yield ALIVE
                    continue
                index, event = one
                if index not in shown:
                    shown[index] = ""
                    yield _event(reply.chunk(index, {"role": "assistant", "content": ""}))
                fresh = event.text if isinstance(event, Delta) else _rest(event, shown[index])
                shown[index] += fresh
                if fresh:
                    yield _event(reply.chunk(index, {"content": fresh}))
                if isinstance(event, Told):
                    ended.append(event)
                    yield _event(reply.chunk(index, _last(event), event))
    except Exception as error:  # noqa: BLE001 - the border: the response has begun, and nobody else can say so
        yield _event(problem(error).body)
        return
    if tells_usage:
        yield _event(reply.used(ended))
    yield DONE


def _rest(told: Told, shown: str) -> str:
    """Return what of an answer was not streamed, where that can still be added."""
    answer = told.turn.answer
    return answer[len(shown) :] if not told.turn.refusal and answer.startswith(shown) else ""


def _last(told: Told) -> dict[str, Any]:
    """Return what the last chunk adds: of a refused answer the reason, of others the answer with its markers right."""
    if told.turn.refusal:
        return {"refusal": told.turn.refusal.reason, **told.extras}
    return {"answer": told.turn.answer, **told.extras}


def _event(row: dict[str, Any]) -> str:
    return f"data: {json.dumps(row, ensure_ascii=False)}\n\n"

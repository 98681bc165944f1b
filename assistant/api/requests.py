"""Every request has an id, is counted and logged without content, and is turned away where the server is stopping.

Plain ASGI: a stream goes through piece by piece, and whoever leaves is noticed as before.
"""

import json
import logging
import re
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.logs import REQUESTS, request_id
from assistant.metrics import Metrics
from assistant.running import Running

log = logging.getLogger(REQUESTS)

_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}")
SAFE = ("GET", "HEAD", "OPTIONS")
"""What is answered to the end: the running answers are read by it."""
METHODS = (*SAFE, "POST", "PUT", "PATCH", "DELETE")
AGAIN = 30
"""Seconds after which whoever is turned away may ask again."""
ELSEWHERE = "other"
STOPPING = json.dumps(
    {"error": {"message": "the assistant is being stopped: ask again in a minute", "type": "server_error",
               "param": None, "code": "stopping"}}
).encode()  # fmt: skip


class Requests:
    """Stands around the whole application."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, running: Running, pseudonym: Callable[[str], str]) -> None:
        """Take the application.

        Args:
            app: what answers.
            metrics: where requests are counted.
            running: whether the server is stopping.
            pseudonym: turns a user's name into what the log calls them.
        """
        self._app = app
        self._metrics = metrics
        self._running = running
        self._pseudonym = pseudonym

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0
        name = identity(scope)
        token = request_id.set(name)

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", name.encode())]
            await send(message)

        try:
            if self._running.stopping and scope["method"] not in SAFE:
                await _turn_away(sent)
            else:
                await self._app(scope, receive, sent)
        except Exception:
            status = status or 500  # which is sent by what stands around this
            raise
        finally:
            self._tell(scope, status, time.perf_counter() - began)
            request_id.reset(token)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else ELSEWHERE
        route = pattern(scope)
        self._metrics.requested(method, route, status, seconds)
        caller = scope.get("state", {}).get("caller")
        user = caller.user if caller else None
        facts: dict[str, Any] = {
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "user": self._pseudonym(user) if user else None,
        }
        level = logging.WARNING if status >= 500 and not self._running.stopping else logging.INFO
        log.log(level, "%s %s %s", method, route, status, extra={"facts": facts})


def identity(scope: Scope) -> str:
    """Return the id that a request brings in X-Request-ID where it is short and plain, else a new one."""
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    text = given.decode("latin-1")
    return text if _PLAIN.fullmatch(text) else uuid4().hex


def pattern(scope: Scope) -> str:
    """Return the pattern of the route that answered, so that ids and names in a path are neither counted nor logged."""
    path = getattr(scope.get("route"), "path", None)
    return f"{scope.get('root_path', '')}{path}" if isinstance(path, str) else ELSEWHERE


async def _turn_away(send: Send) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(STOPPING)).encode()),
        (b"retry-after", str(AGAIN).encode()),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": STOPPING})

"""Who sends a request: found out once, by the session's cookie or an API key, before anything else sees the request."""

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from assistant.accounts.callers import NOBODY, Caller, alone, of
from assistant.accounts.signing import Signing
from assistant.api.admission import OPEN, closed, refusal
from assistant.api.cookies import SESSION, name
from assistant.api.page_sessions import PageSessions
from assistant.errors import StoreUnavailable

AGAIN = 15.0
"""Seconds after which it is looked again whether somebody who reads a stream is still signed in."""
THREADS = 4
BY_KEY = "/v1/", "/metrics"
KINDS: dict[int, tuple[str, str | None]] = {
    401: ("authentication_error", "invalid_api_key"),
    403: ("permission_error", "not_allowed"),
    404: ("invalid_request_error", "not_found"),
}
"""The type and the code of OpenAI's error objects, by status."""


@dataclass(frozen=True, slots=True)
class Door:
    """What decides who may come in."""

    signing: Signing
    reads_as: str | None
    """Whom the page answers as where nobody has to sign in."""
    private: bool
    """Whether nobody but this machine can reach the server, so that nobody has to sign in before there are users."""
    https: bool = False
    """Whether cookies go over https alone, whatever a request says of itself."""

    def is_open(self) -> bool:
        """Tell whether nobody has to sign in."""
        return self.private and not self.signing.accounts.users.any()

    def secure(self, scope: Any) -> bool:
        """Tell whether a request came by https."""
        return self.https or scope.get("scheme") in ("https", "wss")

    def token(self, connection: HTTPConnection) -> str | None:
        """Return the token of the session that a request belongs to."""
        return connection.cookies.get(name(SESSION, secure=self.secure(connection.scope)))

    def caller(self, connection: HTTPConnection) -> Caller | None:
        """Return who sent a request; None where they did not prove it."""
        if self.is_open():
            return alone(self.reads_as)
        kind, _, key = connection.headers.get("authorization", "").partition(" ")
        if kind:
            found = self.signing.accounts.keys.find(key.strip()) if kind.lower() == "bearer" else None
            return of(*found) if found else None
        token = self.token(connection)
        user = self.signing.find(token) if token else None
        return of(user) if user else None


class Authentication:
    """Finds out who asks, and lets in whom it may; pure ASGI, so that streams pass as they come."""

    def __init__(self, app: Any, *, door: Door) -> None:
        self._app = app
        self._door = door
        self._pages = PageSessions()
        self._threads: CapacityLimiter | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on with its caller, or say why not."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        free = scope["path"] in OPEN
        try:
            caller = await self._caller(connection)
            answer = None if free else self._refused(caller, scope, connection.headers)
        except StoreUnavailable as error:  # that the server lives is told all the same
            caller, answer = None, None if free else _told(scope["path"], str(error), 503)
        if answer is None:
            scope.setdefault("state", {})["caller"] = caller or NOBODY
            await self._app(scope, receive, self._watched(connection, caller, send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await answer(scope, receive, send)

    async def _caller(self, connection: HTTPConnection) -> Caller | None:
        """Find out who asks, in threads of its own: those that wait for answers must not keep anybody at the door."""
        self._threads = self._threads or CapacityLimiter(THREADS)
        return await to_thread.run_sync(self._door.caller, connection, limiter=self._threads)

    def _refused(self, caller: Caller | None, scope: Any, headers: Headers) -> Response | None:
        """Return the answer to a request that is not let in; None where it is."""
        path, method = scope["path"], scope.get("method", "GET")
        if caller is None:
            return _asked(path, method, headers)
        if closed(path) or not self._pages.theirs(caller, scope):
            return _told(path, "there is nothing here", 404)
        why = refusal(caller, method, path) if caller.signed_in else None
        return _told(path, why, 403) if why else None

    def _watched(self, connection: HTTPConnection, caller: Caller | None, send: Any) -> Any:
        """Let a stream end when whoever reads it is signed out meanwhile."""
        if caller is None or not caller.signed_in:
            return send
        looked, ended = time.monotonic(), False

        async def sent(message: Any) -> None:
            nonlocal looked, ended
            if ended:
                return
            if message["type"] == "http.response.body" and time.monotonic() - looked > AGAIN:
                looked = time.monotonic()
                if await self._caller(connection) is None:
                    ended, message = True, {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        return sent


def _asked(path: str, method: str, headers: Headers) -> Response:
    """Ask whoever is not signed in to do so, or to bring a key."""
    if method == "GET" and "text/html" in headers.get("accept", "") and not path.startswith((*BY_KEY, "/gradio_api/")):
        return RedirectResponse("/signin" if path == "/" else f"/signin?next={quote(path)}", 303)
    answer = _told(path, "sign in, or bring a key that is valid: Authorization: Bearer …", 401)
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _told(path: str, why: str, status: int) -> Response:
    if not path.startswith(BY_KEY):
        return PlainTextResponse(f"{why[:1].upper()}{why[1:]}.\n", status)
    kind, code = KINDS.get(status, ("server_error", None))
    return JSONResponse({"error": {"message": why, "type": kind, "param": None, "code": code}}, status)

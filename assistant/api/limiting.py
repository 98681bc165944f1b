"""What one person or key may ask for over HTTP: questions by /v1, and the bytes of uploads. Pure ASGI."""

from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response

from assistant.accounts.limits import Limits
from assistant.errors import LimitReached

QUESTIONS = ("/v1/chat/completions",)
UPLOADS = ("/gradio_api/upload", "/v1/documents")


class Limiting:
    """Counts what was asked for, and refuses what is too much with one line and when to come again."""

    def __init__(self, app: Any, *, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, or refuse it."""
        caller = scope.get("state", {}).get("caller")
        if scope["type"] != "http" or scope["method"] != "POST" or caller is None or not caller.signed_in:
            await self._app(scope, receive, send)
            return
        path = scope["path"].rstrip("/")
        try:
            if path in UPLOADS:
                refused = self._upload(caller, path, Headers(scope=scope))
                await (refused or self._app)(scope, receive, send)
            elif path in QUESTIONS:
                with self._limits.answer(caller):
                    await self._app(scope, receive, send)
            else:
                await self._app(scope, receive, send)
        except LimitReached as error:
            await _told(path, error)(scope, receive, send)

    def _upload(self, caller: Any, path: str, headers: Headers) -> Response | None:
        length = headers.get("content-length", "")
        if not length.isdigit():
            return PlainTextResponse("Say how long the upload is: Content-Length.\n", 411)
        self._limits.room(caller, int(length))
        if path.startswith("/v1/"):  # the page counts its files when they are added
            self._limits.uploads(caller, 1)
        return None


def _told(path: str, error: LimitReached) -> Response:
    headers = {"Retry-After": str(error.seconds)}
    if not path.startswith("/v1/"):
        return PlainTextResponse(f"{error}.\n", 429, headers)
    body = {"message": str(error), "type": "rate_limit_error", "param": None, "code": "rate_limit_exceeded"}
    return JSONResponse({"error": body}, 429, headers)

"""The headers that every answer has: the browser fetches nothing from elsewhere, and tells nobody where it was."""

from typing import Any

from starlette.datastructures import MutableHeaders

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
"""Gradio needs inline scripts; whatever a page or an answer holds, the browser fetches nothing from elsewhere."""
YEAR = 31_536_000


class SafeHeaders:
    """Adds them; what an answer says itself stands. Pure ASGI, so that streams pass as they come."""

    def __init__(self, app: Any, *, https: bool = False) -> None:
        self._app = app
        self._https = https

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, and add the headers to its answer."""

        async def sent(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", POLICY)
                headers.setdefault("Referrer-Policy", "no-referrer")
                headers["X-Content-Type-Options"] = "nosniff"
                if self._https:
                    headers["Strict-Transport-Security"] = f"max-age={YEAR}"
            await send(message)

        await self._app(scope, receive, sent if scope["type"] == "http" else send)

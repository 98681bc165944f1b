"""Requests that change something come from our own page: other sites may not send them by a visitor's browser.

The session's cookie alone does not say who made the browser send a request (OWASP, cross-site request forgery). Each
browser says in headers that no page can write where a request comes from (Fetch Metadata, and RFC 6454 for Origin).
"""

from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from assistant.api.admission import SAFE

TOLD = "This request comes from another site. Reload the page, and try again there.\n"
OWN = ("same-origin", "none")
"""What `Sec-Fetch-Site` says of requests by our own page, and of those that a person made by hand."""


class SameOrigin:
    """Refuses what another site sends; pure ASGI, so that streams pass as they come."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, or refuse it."""
        changes = scope["type"] == "websocket" or (scope["type"] == "http" and scope["method"] not in SAFE)
        if not changes or not foreign(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(TOLD, 403)(scope, receive, send)


def foreign(headers: Headers) -> bool:
    """Tell whether a request comes from another site, or from a browser that does not say from where.

    Programs say nothing of it; they bring no cookie either, which is what another site would use.
    """
    site, origin, referer = (headers.get(name) for name in ("sec-fetch-site", "origin", "referer"))
    if site is not None and site not in OWN:
        return True
    named = [origin] if origin is not None and origin != "null" else [referer] if referer and origin is None else []
    if any(urlsplit(one).netloc.lower() != headers.get("host", "").lower() for one in named):
        return True
    if named or site is not None:
        return False
    return origin == "null" or "cookie" in headers

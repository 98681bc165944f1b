"""What is turned away before it is read: requests that a page elsewhere makes a browser send, and bodies too large."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assistant.api.v1.problems import Problem, answer

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

JSON_BYTES = 10_000_000
"""The largest body, but for an upload."""
FORM_BYTES = 100_000
"""What an upload may hold beside its file."""
PORTS = {"http": 80, "https": 443}
ELSEWHERE = "This request comes from a page of another site, and is refused: ask from a program, or from this address."


class SameSite:
    """Refuses what a browser sends for a page of another site; programs say nothing of a site, and pass.

    https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
    """

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer the request, or refuse it."""
        from starlette.datastructures import Headers

        if scope["type"] == "http" and not same_site(Headers(scope=scope)):
            await answer(Problem(403, ELSEWHERE, code="cross_site"))(scope, receive, send)
            return
        await self._app(scope, receive, send)


def same_site(headers: "Headers") -> bool:
    """Tell whether a request may come from where its headers say that it does."""
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or _place(origin) in [_place(f"{scheme}://{headers.get('host', '')}") for scheme in PORTS]


def _place(address: str) -> tuple[str | None, int | None] | None:
    """Return host and port of an address, None where it is none."""
    try:
        parts = urlsplit(address)
        return (parts.hostname, parts.port or PORTS.get(parts.scheme)) if parts.hostname else None
    except ValueError:
        return None


class Bodies:
    """Refuses a body that is too large as soon as that is known, whether it tells its length or not."""

    def __init__(self, app: "ASGIApp", file_bytes: int) -> None:
        """Take the largest file that may be uploaded, in bytes."""
        self._app = app
        self._file_bytes = file_bytes

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer the request, or refuse it."""
        from starlette.datastructures import Headers
        from starlette.exceptions import HTTPException

        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        most = self._file_bytes + FORM_BYTES if "multipart" in headers.get("content-type", "") else JSON_BYTES
        refusal = f"the body has more than {most:,} bytes: send less at once"
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared[:20]) > most:
            await answer(Problem(413, refusal, code="too_large"))(scope, receive, send)
            return
        read = 0

        async def counting() -> "Message":
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(413, refusal)
            return message

        await self._app(scope, counting, send)

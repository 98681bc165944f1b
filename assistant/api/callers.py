"""Who asks: the server finds it out once for each request, and routers read it here."""

from starlette.requests import HTTPConnection

from assistant.accounts.callers import Caller as Caller


def caller(request: HTTPConnection) -> Caller:
    """Return who sent a request."""
    found: Caller = request.state.caller
    return found

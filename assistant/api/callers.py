"""Who asks: the server finds it out once for each request, and routers read it here."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request."""

    user: str | None
    """Whose documents are read; None for whoever runs this machine, who reads all."""
    administrator: bool = False
    """Whether they may change what everybody is served: documents of all, adapters, rules."""


def caller(request: HTTPConnection) -> Caller:
    """Return who sent a request."""
    found: Caller = request.state.caller
    return found

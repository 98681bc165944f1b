"""What each path asks of whoever comes: nothing, a scope of a key, a role. What is not named is for the page alone."""

from dataclasses import dataclass

from assistant.accounts.callers import Caller
from assistant.store.keys import Scope
from assistant.store.users import Role

OPEN = ("/healthz", "/readyz", "/signin", "/signin/oidc", "/signin/oidc/back")
"""Paths that everybody may ask for, to sign in and to see that the server lives."""
CLOSED = (
    "/gradio_api/run-history", "/gradio_api/runs", "/gradio_api/deep_link", "/gradio_api/proxy=", "/gradio_api/token",
    "/gradio_api/vibe", "/gradio_api/undo-vibe", "/gradio_api/process_recording", "/gradio_api/profiling",
    "/gradio_api/file=http", "/gradio_api/dev", "/monitoring", "/login",
)  # fmt: skip
"""Beginnings of routes of Gradio that the page does not use: they fetch from elsewhere, or keep what was said."""
SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a path asks for."""

    path: str
    """It and all below it."""
    scope: Scope | None = None
    """What a key must be for; any key will do where none is named."""
    role: Role = "user"
    methods: tuple[str, ...] = ()
    """To which methods it applies; none named: to all."""

    def covers(self, method: str, path: str) -> bool:
        """Tell whether this rule is about a request."""
        return (path == self.path or path.startswith(f"{self.path}/")) and (not self.methods or method in self.methods)


RULES = (
    Rule("/v1/models"),
    Rule("/v1/openapi.json"),
    Rule("/v1/chat", "chat"),
    Rule("/v1/embeddings", "chat"),
    Rule("/v1/search", "documents:read"),
    Rule("/v1/documents", "documents:read", methods=SAFE),
    Rule("/v1/documents", "documents:write"),
    Rule("/documents", "documents:read", methods=SAFE),
    Rule("/v1/feedback", "feedback"),
    Rule("/v1/adapters", "adapters", methods=SAFE),
    Rule("/v1/adapters", "adapters", role="administrator"),
    Rule("/metrics", "metrics", role="administrator"),
)
"""What programs may ask for; the first that covers a request counts."""
PAGES = (Rule("/sheet", role="reviewer"),)
"""What of the page is not for everybody."""


def closed(path: str) -> bool:
    """Tell whether a path is nobody's to ask for."""
    return path.lower().startswith(CLOSED)


def refusal(caller: Caller, method: str, path: str) -> str | None:
    """Say why somebody who is signed in may not ask for a path; None where they may."""
    rule = next((one for one in RULES if one.covers(method, path)), None)
    if caller.scopes is not None and rule is None:
        return "no key opens this: sign in on the page to see it"
    if rule and rule.scope and not caller.may(rule.scope):
        return f"this key is not for {rule.scope}: ask for one whose scopes have it"
    rule = rule or next((one for one in PAGES if one.covers(method, path)), None)
    if rule is None or caller.is_a(rule.role) or (rule.scope == "metrics" and caller.scopes is not None):
        return None
    return f"this is for {rule.role}s: ask one to do it, or to give you the role"

"""Each open page has a session of Gradio's own, named by its browser: only who opened it gets what is sent to it."""

from collections import OrderedDict
from typing import Any
from urllib.parse import parse_qs

from assistant.accounts.callers import Caller

MOST = 20_000
"""Pages that are remembered; the one used longest ago is forgotten first."""
HEARTBEAT, DATA = "/gradio_api/heartbeat/", "/gradio_api/queue/data"


class PageSessions:
    """Whose the open pages are: whoever asks first for what is sent to one."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._owners: OrderedDict[str, str | None] = OrderedDict()

    def theirs(self, caller: Caller, scope: Any) -> bool:
        """Tell whether a request is about a page of whoever sent it, or about no page at all."""
        session = named(scope)
        if session is None:
            return True
        owner = self._owners.setdefault(session, caller.owner)
        self._owners.move_to_end(session)
        while len(self._owners) > self._most:
            self._owners.popitem(last=False)
        return owner == caller.owner


def named(scope: Any) -> str | None:
    """Return the session that a request asks for; None where it asks for none."""
    path = scope["path"]
    if path.startswith(HEARTBEAT):
        return str(path.removeprefix(HEARTBEAT)) or None
    if path != DATA:
        return None
    return next(iter(parse_qs(scope.get("query_string", b"").decode("latin-1")).get("session_hash", [])), None)

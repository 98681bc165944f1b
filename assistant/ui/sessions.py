"""What the people at the open pages wrote, as their placeholders stand for it; forgotten when a page is closed."""

from collections import OrderedDict

import gradio as gr
from gradio.context import LocalContext

from assistant.guardrails.restoring import Originals

MOST = 500
"""Pages that are remembered; the one used longest ago is forgotten first."""


class Sessions:
    """The originals of each open page, in memory only."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._open: OrderedDict[str, Originals] = OrderedDict()

    def of(self, session: str) -> Originals:
        """Return what a page's own user wrote."""
        found = self._open.setdefault(session, Originals())
        self._open.move_to_end(session)
        while len(self._open) > self._most:
            self._open.popitem(last=False)
        return found

    def current(self) -> Originals:
        """Return that of the page whose click is being answered; outside of any page, nothing is remembered."""
        request = LocalContext.request.get(None)
        return self.of(str(request.session_hash)) if request is not None else Originals()

    def forget(self, request: gr.Request) -> None:
        """Forget what was written at a page that was closed or loaded anew."""
        self._open.pop(str(request.session_hash), None)

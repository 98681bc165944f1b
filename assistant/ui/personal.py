"""Who clicks: found out anew for each click, so that one page is each visitor's own."""

import gradio as gr
from gradio.context import LocalContext

from assistant.access import Access
from assistant.accounts.callers import Caller, alone
from assistant.assembly import Assistant
from assistant.errors import NotAllowed
from assistant.store.users import Role
from knowledge.reader import Reader


def clicking() -> Caller | None:
    """Return who sent the click that is being answered; None outside of any page."""
    request: gr.Request | None = LocalContext.request.get(None)
    if request is None:
        return None
    caller: Caller = request.request.state.caller  # where the server did not say who it is, nothing is answered
    return caller


def shown_to(caller: Caller, role: Role) -> bool:
    """Tell whether a part of the page is for somebody; where nobody signs in, the parts lock what they must."""
    return not caller.signed_in or caller.is_a(role)


def admit(role: Role) -> None:
    """Let a click be answered if whoever sent it may do so.

    Raises:
        NotAllowed: they may not, whatever the page showed them.
    """
    caller = clicking()
    if caller is not None and not shown_to(caller, role):
        raise NotAllowed(f"this is for {role}s: ask one to do it, or to give you the role")


class Personal:
    """A part of the page that is answered as whoever clicks."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    @property
    def caller(self) -> Caller:
        """Who clicks; outside of any page, whom a page answers as that nobody has to sign in to."""
        return clicking() or alone(self._assistant.settings.chat.reads_as)

    @property
    def _user(self) -> str | None:
        """Whose documents are read; None is whoever runs this machine."""
        return self.caller.user

    @property
    def _reader(self) -> Reader:
        """The documents as whoever clicks may see them."""
        return self._assistant.library.reader(self._user)

    def _access(self) -> Access:
        """Return what judges which stored turns they may see now."""
        return self._assistant.access(self._user)

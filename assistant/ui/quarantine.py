"""Documents with what reads like instructions to the assistant: a reviewer reads, then releases or deletes them."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.guardrails.documents import Suspicion, suspect
from assistant.ui import listings
from assistant.ui.border import told
from assistant.ui.deletion import named
from knowledge.documents import Document, Passage
from knowledge.errors import BadInput

Updates = dict[Any, Any]
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
RUNS_IT = "whoever runs this machine"
MOST = 400
"""How many passages of a document are looked at again for those that made it suspicious."""


class Quarantine:
    """A panel that is there only while something is quarantined."""

    def __init__(self, assistant: Assistant) -> None:
        self._library = assistant.library
        self._user = assistant.settings.chat.reads_as
        self._reader = assistant.library.reader(self._user)

    def build(self) -> None:
        """Lay it out."""
        with gr.Column(visible=False, elem_id="quarantine") as self._panel:
            gr.Markdown(
                "### To be reviewed\nThese documents hold text that reads like instructions to the assistant. Nothing "
                "is answered from them until somebody has read and released them.",
            )
            self._chosen = gr.Dropdown([], label="Quarantined document", elem_id="quarantined")
            self._shown = gr.HTML("", elem_id="suspicious")
            with gr.Row():
                self._release = gr.Button("Release")
                self._delete = gr.Button("Delete", variant="stop")

    def wire(self, view: Callable[..., Updates], filters: list[Any], shown: list[Any]) -> None:
        """Answer the clicks, with a fresh view of the tab after what changes it."""

        def release(chosen: str | None, *filtered: str) -> Updates:
            if chosen:
                self._let_go(chosen)
                gr.Info("The document is released: it is answered from now on.")
            return view(*filtered)

        def delete(chosen: str | None, *filtered: str) -> Updates:
            if chosen:
                self._library.remove(chosen, user=self._user)
            return view(*filtered)

        self._chosen.input(told(self._show), self._chosen, self._shown, **QUIET)
        self._release.click(told(release), [self._chosen, *filters], shown, **QUIET)
        self._delete.click(told(delete), [self._chosen, *filters], shown, **QUIET)

    def shown(self) -> list[Any]:
        """The components that a view sets."""
        return [self._panel, self._chosen, self._shown]

    def view(self, documents: Sequence[Document]) -> Updates:
        """Show what is quarantined; the first of them is open."""
        waiting = [document for document in documents if document.state == "quarantined"]
        first = waiting[0].id if waiting else None
        return {
            self._panel: gr.update(visible=bool(waiting)),
            self._chosen: gr.update(choices=[(named(document), document.id) for document in waiting], value=first),
            self._shown: self._show(first),
        }

    def _show(self, chosen: str | None) -> str:
        if chosen is None:
            return ""
        try:
            return listings.quarantined(self._reader.document(chosen), self._suspicious(chosen))
        except BadInput:  # released or deleted on another page meanwhile
            return ""

    def _let_go(self, document_id: str) -> None:
        """Release a document that this user may read, in a collection that they may change.

        Raises:
            BadInput: they may not.
        """
        name = self._reader.document(document_id).collection
        if not any(c.name == name and c.writable(self._user) for c in self._reader.collections()):
            raise BadInput(f"only the owner of the collection {name!r} may release what is in it: ask them")
        self._library.release(document_id, self._user or RUNS_IT)

    def _suspicious(self, document_id: str) -> list[tuple[Passage, Suspicion]]:
        passages = self._reader.passages(document_id)[:MOST]
        return [(passage, found) for passage in passages if (found := suspect(passage.text))]

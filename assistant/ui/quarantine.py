"""Documents with what reads like instructions to the assistant: a reviewer reads, then releases or deletes them."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.audit import note_deleted, note_quarantined, note_release
from assistant.guardrails.documents import Suspicion, suspect
from assistant.ui import listings
from assistant.ui.border import told
from assistant.ui.deletion import named
from assistant.ui.personal import Personal
from knowledge.documents import Document, Passage
from knowledge.errors import BadInput

Updates = dict[Any, Any]
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
RUNS_IT = "whoever runs this machine"
MOST = 400
"""How many passages of a document are looked at again for those that made it suspicious."""


class Quarantine(Personal):
    """A panel that is there only while something is quarantined."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(assistant)
        self._library = assistant.library
        self._log = assistant.store.audit
        self._rails = assistant.rails
        self.open: gr.State
        """The id of the document whose suspicious passages are shown."""

    def build(self) -> None:
        """Lay it out."""
        with gr.Column(visible=False, elem_id="quarantine") as self._panel:
            gr.Markdown(
                "### To be reviewed\nThese documents hold text that reads like instructions to the assistant. Nothing "
                "is answered from them until somebody has read and released them.",
            )
            self._chosen = gr.Dropdown([], label="Quarantined document", elem_id="quarantined")
            self._shown = gr.HTML("", elem_id="suspicious")
            self.open = gr.State(None)
            with gr.Row():
                self._release = gr.Button("Release")
                self._delete = gr.Button("Delete", variant="stop")

    def wire(self, view: Callable[..., Updates], kept: list[Any], shown: list[Any]) -> None:
        """Answer the clicks, with a fresh view of the tab after what changes it."""

        def release(opened: str | None, *values: Any) -> Updates:
            if opened:
                self._library.release(opened, self._user or RUNS_IT, user=self._user)
                note_release(self._log, opened, self._user, self._rails.version)
                gr.Info("The document is released: it is answered from now on.")
            return view(*values)

        def delete(opened: str | None, *values: Any) -> Updates:
            if opened:
                self._library.remove(opened, user=self._user)
                note_deleted(self._log, opened, self._user)
            return view(*values)

        self._chosen.input(told(self._show), self._chosen, [self._shown, self.open], **QUIET)
        # What is released or deleted is what is to be read there, whatever was chosen since.
        self._release.click(told(release), [self.open, *kept], shown, **QUIET)
        self._delete.click(told(delete), [self.open, *kept], shown, **QUIET)

    def shown(self) -> list[Any]:
        """The components that a view sets."""
        return [self._panel, self._chosen, self._shown, self.open]

    def view(self, documents: Sequence[Document], opened: str | None) -> Updates:
        """Show what is quarantined; what is open stays open as long as it is, then the first of the others is."""
        waiting = {document.id: named(document) for document in documents if document.state == "quarantined"}
        choices = [(name, document_id) for document_id, name in waiting.items()]
        note_quarantined(self._log, waiting, self._rails.version)
        if opened in waiting:
            return {self._panel: gr.update(visible=True), self._chosen: gr.update(choices=choices)}
        first = next(iter(waiting), None)
        shown, opened = self._show(first)
        return {
            self._panel: gr.update(visible=bool(waiting)),
            self._chosen: gr.update(choices=choices, value=first),
            self._shown: shown,
            self.open: opened,
        }

    def _show(self, chosen: str | None) -> tuple[str, str | None]:
        if chosen is None:
            return "", None
        try:
            return listings.quarantined(self._reader.document(chosen), self._suspicious(chosen)), chosen
        except BadInput:  # released or deleted on another page meanwhile
            return "", None

    def _suspicious(self, document_id: str) -> list[tuple[Passage, Suspicion]]:
        passages = self._reader.passages(document_id)[:MOST]
        return [(passage, found) for passage in passages if (found := suspect(passage.text))]

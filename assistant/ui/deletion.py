"""Deleting documents: choose them, then say that it is meant."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.audit import note_deleted
from assistant.ui.border import told
from assistant.ui.personal import Personal
from knowledge.documents import Document

NAMED = 5
"""How many documents are named in the question before they are deleted."""
Updates = dict[Any, Any]
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class Deletion(Personal):
    """A row below the list of documents."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(assistant)
        self._library = assistant.library
        self._log = assistant.store.audit
        self.chosen: gr.Dropdown

    def build(self) -> None:
        """Lay it out."""
        with gr.Row(equal_height=False):
            self.chosen = gr.Dropdown(
                [], label="Documents to delete", multiselect=True, filterable=True, scale=4, elem_id="to-delete"
            )
            self._delete = gr.Button(
                "Delete documents", variant="stop", scale=1, min_width=160, elem_classes="low-button"
            )
        with gr.Column(visible=False, elem_id="deletion") as self._asked:
            self._question = gr.Markdown("", elem_id="delete-question")
            self._meant = gr.State([])
            with gr.Row():
                self._yes = gr.Button("Yes, delete", variant="stop")
                self._no = gr.Button("No, keep")

    def wire(self, view: Callable[..., Updates], kept: list[Any], shown: list[Any]) -> None:
        """Answer the clicks, with a fresh view of the tab after what changes it."""

        def delete(meant: Sequence[str], *values: Any) -> Updates:
            for document in self._there(meant):
                self._library.remove(document.id, user=self._user)
                note_deleted(self._log, document.id, self._user)
            return view(*values)

        asked = [self._asked, self._question, self._meant]
        self._delete.click(told(self._ask), self.chosen, asked, **QUIET)
        # What is deleted is what the question named, whatever was chosen since.
        self._yes.click(told(delete), [self._meant, *kept], shown, **QUIET)
        self._no.click(told(lambda: gr.update(visible=False)), None, self._asked, **QUIET)

    def shown(self) -> list[Any]:
        """The components that a view sets."""
        return [self.chosen, self._asked]

    def view(self, documents: Sequence[Document], chosen: Sequence[str]) -> Updates:
        """Offer what can be deleted; what was chosen stays chosen, and what was asked stays asked, if it still is."""
        choices = [(named(document), document.id) for document in documents]
        there = {document.id for document in documents}
        if there.issuperset(chosen):
            return {self.chosen: gr.update(choices=choices)}
        left = [document_id for document_id in chosen if document_id in there]
        return {self.chosen: gr.update(choices=choices, value=left), self._asked: gr.update(visible=False)}

    def _ask(self, chosen: Sequence[str] | None) -> Updates:
        documents = self._there(chosen or [])
        if not documents:
            raise gr.Error("Choose the documents to delete first.", print_exception=False)
        meant = [document.id for document in documents]
        return {self._asked: gr.update(visible=True), self._question: question(documents), self._meant: meant}

    def _there(self, ids: Sequence[str]) -> list[Document]:
        """Return those of the documents that nobody else has deleted meanwhile."""
        return [document for document in self._reader.documents() if document.id in ids]


def named(document: Document) -> str:
    """Name a document in a list to choose from."""
    state = "" if document.state == "ready" else f", {document.state}"
    return f"{document.title} ({Path(document.source).name}, {document.collection}{state})"


def question(documents: Sequence[Document]) -> str:
    """Ask whether these are to be deleted; the names are shown as they are, without Markdown."""
    names = [f"`{document.title.replace('`', ' ')}`" for document in documents[:NAMED]]
    rest = f" and {len(documents) - NAMED} more" if len(documents) > NAMED else ""
    which = "this document" if len(documents) == 1 else f"these {len(documents)} documents"
    them = "it" if len(documents) == 1 else "them"
    return f"Delete {which}? {', '.join(names)}{rest}. Nothing will be answered from {them} any more."

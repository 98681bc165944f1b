"""Deleting documents: choose them, then say that it is meant."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.ui.border import told
from knowledge.documents import Document

NAMED = 5
"""How many documents are named in the question before they are deleted."""
Updates = dict[Any, Any]
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class Deletion:
    """A row below the list of documents."""

    def __init__(self, assistant: Assistant) -> None:
        self._library = assistant.library
        self._user = assistant.settings.chat.reads_as

    def build(self) -> None:
        """Lay it out."""
        with gr.Row(equal_height=False):
            self._chosen = gr.Dropdown(
                [], label="Documents to delete", multiselect=True, filterable=True, scale=4, elem_id="to-delete"
            )
            self._delete = gr.Button(
                "Delete documents", variant="stop", scale=1, min_width=160, elem_classes="low-button"
            )
        with gr.Column(visible=False, elem_id="deletion") as self._asked:
            self._question = gr.Markdown("", elem_id="delete-question")
            with gr.Row():
                self._yes = gr.Button("Yes, delete", variant="stop")
                self._no = gr.Button("No, keep")

    def wire(self, view: Callable[..., Updates], filters: list[Any], shown: list[Any]) -> None:
        """Answer the clicks, with a fresh view of the tab after what changes it."""

        def delete(chosen: Sequence[str] | None, *filtered: str) -> Updates:
            for document_id in chosen or []:
                self._library.remove(document_id, user=self._user)
            return view(*filtered)

        asked = [self._asked, self._question]
        self._delete.click(told(self._ask), self._chosen, asked, **QUIET)
        self._yes.click(told(delete), [self._chosen, *filters], shown, **QUIET)
        self._no.click(lambda: gr.update(visible=False), None, self._asked, **QUIET)

    def shown(self) -> list[Any]:
        """The components that a view sets."""
        return [self._chosen, self._asked]

    def view(self, documents: Sequence[Document]) -> Updates:
        """Offer what can be deleted."""
        choices = [(named(document), document.id) for document in documents]
        return {self._chosen: gr.update(choices=choices, value=[]), self._asked: gr.update(visible=False)}

    def _ask(self, chosen: Sequence[str] | None) -> Updates:
        if not chosen:
            raise gr.Error("Choose the documents to delete first.", print_exception=False)
        documents = [self._library.reader(self._user).document(document_id) for document_id in chosen]
        return {self._asked: gr.update(visible=True), self._question: question(documents)}


def named(document: Document) -> str:
    """Name a document in a list to choose from."""
    state = "" if document.state == "ready" else f", {document.state}"
    return f"{document.title} ({Path(document.source).name}, {document.collection}{state})"


def question(documents: Sequence[Document]) -> str:
    """Ask whether these are to be deleted; the names are shown as they are, without Markdown."""
    names = [f"`{document.title.replace('`', ' ')}`" for document in documents[:NAMED]]
    rest = f" and {len(documents) - NAMED} more" if len(documents) > NAMED else ""
    which = "this document" if len(documents) == 1 else f"these {len(documents)} documents"
    return f"Delete {which}? {', '.join(names)}{rest}. Nothing will be answered from them any more."

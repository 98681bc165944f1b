"""How the Chat tab looks: its components, and where they stand."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from assistant.ui import render

EMPTY = (
    "### Ask something\nAnswers come from the documents on the Documents tab, each with its source. "
    "Untick *Answer from documents* to simply chat."
)

ALL = ("No, search all", "")
"""The choice to read no single document."""


BEST_OF = 4
"""Answers that are written where the best one is asked for."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The components of the tab that change."""

    conversations: gr.Radio
    title: gr.Textbox
    pinned: gr.Dropdown
    chat: gr.Chatbot
    message: gr.Textbox
    send: gr.Button
    stop: gr.Button
    documents: gr.Checkbox
    collections: gr.Dropdown
    document: gr.Dropdown
    answer_row: gr.Row
    previous: gr.Button
    place: gr.Markdown
    next: gr.Button
    regenerate: gr.Button
    best: gr.Button
    good: gr.Button
    bad: gr.Button
    appeal: gr.Button
    rating: gr.Column
    reasons: gr.CheckboxGroup
    comment: gr.Textbox
    correction: gr.Textbox
    sources: gr.HTML
    remembered: gr.BrowserState
    selected: gr.State

    def shown(self) -> list[Any]:
        """The components that a view of a conversation sets."""
        everything = [getattr(self, name) for name in self.__slots__]
        return [part for part in everything if part not in (*self.wishes(), self.regenerate)]

    def busy(self) -> dict[Any, Any]:
        """Show that an answer is being written."""
        hidden = {self.send: gr.update(visible=False), self.answer_row: gr.update(visible=False)}
        return {**hidden, self.stop: gr.update(visible=True)}

    def wishes(self) -> list[Any]:
        """The components that say what to answer from."""
        return [self.documents, self.collections, self.document]


def lay_out() -> tuple[Parts, gr.Button, gr.Button, gr.Button, gr.Button]:
    """Lay the tab out; called inside of the page's Blocks.

    Returns:
        What changes, and the buttons New conversation, Rename, Delete conversation, Save rating.
    """
    remembered = gr.BrowserState(None, storage_key="apprentice-conversation", secret="apprentice")
    selected = gr.State(None)
    with gr.Row(equal_height=False, elem_id="chat-tab"):
        with gr.Column(scale=1, min_width=200, elem_id="conversations-column"):
            new = gr.Button("New conversation", variant="secondary", size="md")
            conversations = gr.Radio([], label="Conversations", elem_id="conversations", interactive=True)
            with gr.Accordion("Rename, pin or delete", open=False):
                title = gr.Textbox(label="Title of the conversation", max_lines=1)
                rename = gr.Button("Rename", size="sm")
                pinned = gr.Dropdown([], label="Answered by", elem_id="pinned")
                delete = gr.Button("Delete conversation", size="sm", variant="stop")
        with gr.Column(scale=3, min_width=360):
            chat, answering = _conversation(), _answer_row()
            message, send, stop = _message()
            wishes = _wishes()
        with gr.Column(scale=2, min_width=260, elem_id="side"):
            gr.Markdown("### Sources")
            sources = gr.HTML(render.sources(None), elem_id="sources")
            rating, save = _rating()
    parts = Parts(
        conversations=conversations,
        title=title,
        pinned=pinned,
        chat=chat,
        message=message,
        send=send,
        stop=stop,
        sources=sources,
        remembered=remembered,
        selected=selected,
        **wishes,
        **answering,
        **rating,
    )
    return parts, new, rename, delete, save


def _conversation() -> gr.Chatbot:
    return gr.Chatbot(
        label="Conversation",
        show_label=False,
        height="54vh",
        min_height=260,
        placeholder=EMPTY,
        latex_delimiters=[],
        buttons=["copy"],
        feedback_options=None,
        group_consecutive_messages=False,
        elem_id="chat",
    )


def _answer_row() -> dict[str, Any]:
    """What can be done with the selected answer."""
    with gr.Row(visible=False, elem_id="answer-row") as row:
        good = gr.Button("Good answer", size="sm", min_width=110)
        bad = gr.Button("Bad answer", size="sm", min_width=110)
        regenerate = gr.Button("Regenerate", size="sm", min_width=110)
        best = gr.Button(f"Best of {BEST_OF}", size="sm", min_width=110, visible=False)
        previous = gr.Button("Previous answer", size="sm", min_width=120, visible=False)
        place = gr.Markdown("", elem_id="place", visible=False)
        next_ = gr.Button("Next answer", size="sm", min_width=110, visible=False)
        appeal = gr.Button("", size="sm", min_width=190, elem_id="appeal")
    return {
        "answer_row": row,
        "previous": previous,
        "place": place,
        "next": next_,
        "regenerate": regenerate,
        "best": best,
        "good": good,
        "bad": bad,
        "appeal": appeal,
    }


def _message() -> tuple[gr.Textbox, gr.Button, gr.Button]:
    with gr.Row(equal_height=True):
        message = gr.Textbox(
            label="Message",
            show_label=False,
            placeholder="Ask a question …",
            lines=1,
            max_lines=8,
            autofocus=True,
            scale=6,
            container=False,
            elem_id="message",
            max_length=50_000,
        )
        send = gr.Button("Send", variant="primary", scale=1, min_width=100, size="md")
        stop = gr.Button("Stop", variant="stop", visible=False, scale=1, min_width=100, size="md")
    return message, send, stop


def _wishes() -> dict[str, Any]:
    """What to answer from."""
    with gr.Row(elem_id="wishes"):
        documents = gr.Checkbox(True, label="Answer from documents", container=False, min_width=170, scale=2)
        collections = gr.Dropdown(
            [], label="Collections", multiselect=True, min_width=200, scale=3, visible=False,
            elem_id="collections-wished",
        )  # fmt: skip
        document = gr.Dropdown(
            [ALL], value="", label="Read one document", min_width=200, scale=3, elem_id="document-wished"
        )
    return {"documents": documents, "collections": collections, "document": document}


def _rating() -> tuple[dict[str, Any], gr.Button]:
    with gr.Column(visible=False, elem_id="rating") as column:
        gr.Markdown("### Your rating")
        reasons = gr.CheckboxGroup([], label="Reasons")
        comment = gr.Textbox(label="Comment", lines=1, max_lines=4)
        correction = gr.Textbox(label="Corrected answer", lines=3, placeholder="The answer that should have been given")
        save = gr.Button("Save rating", size="sm")
    return {"rating": column, "reasons": reasons, "comment": comment, "correction": correction}, save

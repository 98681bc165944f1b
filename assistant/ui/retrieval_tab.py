"""The Try retrieval tab: what a question finds, what each part of the search says of it, and whether it is answered."""

from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.ui import listings
from assistant.ui.border import told
from assistant.ui.personal import Personal

SHOWN = 10
"""How many passages are shown."""
Updates = dict[Any, Any]
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class RetrievalTab(Personal):
    """Builds the tab and answers its clicks; nothing of it is kept."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(assistant)
        self._library = assistant.library

    def build(self) -> None:
        """Lay the tab out and wire it; called inside of the page's Blocks."""
        gr.Markdown(
            "### Try retrieval\nSee which passages a question finds, and why, without asking the model. Passages are "
            "found by their meaning (vectors) and by their words (full text); both places are fused into one order."
        )
        with gr.Row(equal_height=True):
            self._question = gr.Textbox("", label="Question", max_lines=3, scale=4, elem_id="retrieval-question")
            self._collections = gr.Dropdown(
                [], label="Collections", info="None chosen: all of them", multiselect=True, scale=2
            )
        with gr.Row(equal_height=False):
            self._earlier = gr.Textbox(
                "", label="Question before it", info="If it is a follow-up; may be left empty", max_lines=2, scale=4
            )
            search = gr.Button("Search", variant="primary", scale=2, elem_classes="low-button")
        self._found = gr.HTML(listings.findings(None), elem_id="findings")
        asked = [self._question, self._collections, self._earlier]
        for event in (search.click, self._question.submit, self._earlier.submit):
            event(told(self._search), asked, self._found, **QUIET)

    def shown(self) -> list[Any]:
        """The components that a view sets."""
        return [self._collections]

    def view(self) -> Updates:
        """Offer the collections that there are."""
        return {self._collections: gr.update(choices=[c.name for c in self._reader.collections()])}

    def _search(self, question: str, collections: list[str] | None, earlier: str) -> str:
        if not question.strip():
            return listings.findings(None)
        before = [earlier.strip()] if earlier.strip() else []
        found = self._reader.find(question.strip(), k=SHOWN, collections=collections or None, earlier=before)
        return listings.findings(found, question, self._library.searcher().judge())

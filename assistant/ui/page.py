"""The page: its tabs, and what happens when it opens."""

from pathlib import Path
from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.engine import Wishes
from assistant.events import Done
from assistant.presentation import answer_json
from assistant.ui.border import told
from assistant.ui.chat_tab import ChatTab
from assistant.ui.documents_tab import DocumentsTab
from assistant.ui.improve_tab import ImproveTab
from assistant.ui.retrieval_tab import RetrievalTab
from assistant.ui.review_tab import ReviewTab
from assistant.ui.rules_tab import RulesTab

CSS = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")


def build(assistant: Assistant) -> gr.Blocks:
    """Build the page; it holds no state of its own, so any number of people may open it."""
    chat, documents, improving = ChatTab(assistant), DocumentsTab(assistant), ImproveTab(assistant)
    retrieval, rules = RetrievalTab(assistant), RulesTab(assistant)
    with gr.Blocks(title="Apprentice", analytics_enabled=False, fill_width=True) as page:
        gr.Markdown("# Apprentice", elem_id="name")
        with gr.Tabs():
            with gr.Tab("Chat", id="chat") as chat_tab:
                chat.build()
            with gr.Tab("Documents", id="documents") as documents_tab:
                documents.build()
            with gr.Tab("Try retrieval", id="retrieval") as retrieval_tab:
                retrieval.build()
            with gr.Tab("Rules", id="rules") as rules_tab:
                rules.build()
            with gr.Tab("Improve", id="improve") as improve_tab:
                improving.build()
            _review(assistant)
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        page.load(told(chat.opened), chat.parts.remembered, chat.shown(), **quiet)
        for event in (page.load, chat_tab.select):
            event(told(chat.choices), chat.parts.wishes()[1:], chat.parts.wishes()[1:], **quiet)
        for event in (page.load, documents_tab.select):
            event(told(documents.view), documents.kept(), documents.shown(), **quiet)
        retrieval_tab.select(told(retrieval.view), None, retrieval.shown(), **quiet)
        rules_tab.select(told(rules.view), None, rules.shown(), **quiet)
        page.load(told(improving.view), None, improving.shown(), **quiet)
        improve_tab.select(told(improving.view), None, improving.shown(), **quiet)
        page.unload(chat.sessions.forget)
        _endpoint(assistant)
    page.queue(default_concurrency_limit=8, api_open=True)
    return page


def _review(assistant: Assistant) -> None:
    """Build the Review tab, for whoever runs this machine alone: a user's page has none at all."""
    if assistant.settings.chat.reads_as is not None:
        return
    review = ReviewTab(assistant)
    with gr.Tab("Review", id="review") as tab:
        review.build()
    tab.select(told(review.view), None, review.shown(), show_progress="hidden", api_visibility="private")


def _endpoint(assistant: Assistant) -> None:
    """Let programs ask as the page does: `gradio_client`'s `predict(question, api_name="/ask")`."""

    def ask(question: str, documents: bool = True) -> dict[str, Any]:
        conversation = assistant.store.add_conversation().id
        wishes = Wishes(documents=documents, user=assistant.settings.chat.reads_as)
        for event in assistant.engine.reply(conversation, question, wishes):
            if isinstance(event, Done):
                return answer_json(event.shown)
        raise AssertionError("an answer always ends in a stored turn")

    gr.api(told(ask), api_name="ask")


def theme() -> Any:
    """The look: fonts of the reader's own system, so that nothing is fetched from elsewhere."""
    fonts = ["system-ui", "sans-serif"]
    return gr.themes.Soft(
        primary_hue="emerald", neutral_hue="slate", font=fonts, font_mono=["ui-monospace", "monospace"]
    )

"""The page: its tabs, and what happens when it opens."""

from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.events import Done
from assistant.presentation import answer_json
from assistant.store.users import Role
from assistant.ui.border import for_administrators, for_reviewers, silent, told
from assistant.ui.chat_tab import ChatTab
from assistant.ui.documents_tab import DocumentsTab
from assistant.ui.improve_tab import ImproveTab
from assistant.ui.personal import Personal, clicking, shown_to
from assistant.ui.retrieval_tab import RetrievalTab
from assistant.ui.review_tab import ReviewTab
from assistant.ui.rules_tab import RulesTab
from assistant.wishes import Wishes

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
CSS = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")


def build(assistant: Assistant) -> gr.Blocks:
    """Build the page; it holds no state of its own, so any number of people may open it."""
    chat, documents, improving = ChatTab(assistant), DocumentsTab(assistant), ImproveTab(assistant)
    retrieval, rules = RetrievalTab(assistant), RulesTab(assistant)
    with gr.Blocks(title="Apprentice", analytics_enabled=False, fill_width=True) as page:
        account = _head()
        with gr.Tabs():
            with gr.Tab("Chat", id="chat") as chat_tab:
                chat.build()
            with gr.Tab("Documents", id="documents") as documents_tab:
                documents.build()
            with gr.Tab("Try retrieval", id="retrieval") as retrieval_tab:
                retrieval.build()
            with gr.Tab("Rules", id="rules", visible=False) as rules_tab:
                rules.build()
            with gr.Tab("Improve", id="improve", visible=False) as improve_tab:
                improving.build()
            review_tab = _review(assistant)
        page.load(told(chat.opened), chat.parts.remembered, chat.shown(), **QUIET)
        for event in (page.load, chat_tab.select):
            event(told(chat.choices), chat.parts.wishes()[1:], chat.parts.wishes()[1:], **QUIET)
        for event in (page.load, documents_tab.select):
            event(told(documents.view), documents.kept(), documents.shown(), **QUIET)
        retrieval_tab.select(told(retrieval.view), None, retrieval.shown(), **QUIET)
        rules_tab.select(for_administrators(rules.view), None, rules.shown(), **QUIET)
        for event in (page.load, improve_tab.select):
            event(silent(improving.view, "administrator"), None, improving.shown(), **QUIET)
        roles: dict[Any, Role] = {rules_tab: "administrator", improve_tab: "administrator", review_tab: "reviewer"}
        _personal(page, account, {tab: role for tab, role in roles.items() if tab is not None})
        page.unload(chat.sessions.forget)
        _endpoint(assistant)
    page.queue(default_concurrency_limit=8, api_open=True)
    return page


def _head() -> gr.HTML:
    """Lay out the name of the page and, where somebody is signed in, theirs."""
    with gr.Row(equal_height=True, elem_id="head"):
        gr.Markdown("# Apprentice", elem_id="name")
        return gr.HTML("", elem_id="account", container=False)


def _personal(page: gr.Blocks, account: gr.HTML, restricted: dict[Any, Role]) -> None:
    """Show whoever opens the page their name, and the tabs that are for them."""
    page.load(_header, None, account, **QUIET)
    page.load(partial(_visible, restricted), None, list(restricted), **QUIET)


def _visible(restricted: dict[Any, Role]) -> dict[Any, Any]:
    """Show those tabs that are for whoever opens the page; they begin hidden, as Gradio hides none that was shown."""
    caller = clicking()
    return {tab: gr.update(visible=caller is None or shown_to(caller, role)) for tab, role in restricted.items()}


def _header() -> str:
    """Say who is signed in, with the way to sign out."""
    caller = clicking()
    if caller is None or not caller.signed_in:
        return ""
    return f"<a href='/account'>{escape(caller.user or '')}</a>"


def _review(assistant: Assistant) -> Any:
    """Build the Review tab, which the page of a user whom nobody signed in has not at all; None there."""
    if assistant.settings.chat.reads_as is not None and not assistant.store.accounts.users.any():
        return None
    review = ReviewTab(assistant)
    with gr.Tab("Review", id="review", visible=False) as tab:
        review.build()
    tab.select(for_reviewers(review.view), None, review.shown(), **QUIET)
    return tab


def _endpoint(assistant: Assistant) -> None:
    """Let programs ask as the page does: `gradio_client`'s `predict(question, api_name="/ask")`."""
    page = Personal(assistant)

    def ask(question: str, documents: bool = True) -> dict[str, Any]:
        caller = page.caller
        with assistant.limits.answer(caller):
            conversation = assistant.store.add_conversation(user=caller.owner).id
            for event in assistant.engine.reply(conversation, question, Wishes(documents=documents, user=caller.user)):
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

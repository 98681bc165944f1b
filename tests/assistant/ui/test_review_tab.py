import gradio as gr
import pytest

from assistant.store.appeals import Appeal
from assistant.turns import Refusal, Turn
from assistant.ui import appealing
from assistant.ui.border import told
from assistant.ui.chat_tab import ChatTab
from assistant.ui.page import build
from assistant.ui.review_tab import ReviewTab

REFUSED = Appeal("t1", "refused", "input", "How do I kill a process?", "", "harm", "violence", 0.6, "ben")
ANSWERED = Appeal("t2", "answered", "output", "How?", "Mix it.", user="ben")


@pytest.fixture
def tab(assistant):
    built = ReviewTab(assistant)
    with gr.Blocks(analytics_enabled=False):
        built.build()
    return built


def test_a_refusal_can_be_appealed_and_an_answer_reported_each_once():
    refused = Turn("t1", "c", 0, "q", refusal=Refusal("harm", "violence", "No."))
    answered = Turn("t2", "c", 0, "q", "a")
    assert appealing.shown(refused, [])["value"] == appealing.FINE
    assert appealing.shown(answered, [])["value"] == appealing.BLOCK
    assert appealing.shown(refused, [REFUSED])["interactive"] is False
    assert appealing.shown(None, [])["visible"] is False
    assert appealing.shown(Turn("t3", "c", 0, "q"), [])["visible"] is False


def test_a_click_files_the_appeal(assistant):
    chat = ChatTab(assistant)
    with gr.Blocks(analytics_enabled=False):
        chat.build()
    conversation = assistant.store.add_conversation().id
    assistant.store.add_turn(Turn("t1", conversation, 0, "q", refusal=Refusal("harm", "violence", "No.")))
    shown = chat._appeal("t1")
    assert shown[chat.parts.appeal]["value"] == appealing.FILED
    assert [one.turn_id for one in assistant.store.appeals.all()] == ["t1"]


def test_open_appeals_are_shown_and_decided_one_after_the_other(assistant, tab):
    store = assistant.store
    store.appeals.file(REFUSED), store.appeals.file(ANSWERED)
    shown = tab.view()
    assert "How do I kill a process?" in shown[tab._shown]
    assert (shown[tab._label]["value"], shown[tab._side]["visible"]) == ("violence", False)
    shown = tab._fine_by(shown[tab._open], "violence", "The answer")
    assert "Mix it." in shown[tab._shown]
    assert (shown[tab._stopped], shown[tab._side]["visible"]) == ("It should have been blocked", True)
    shown = tab._stopped_by(shown[tab._open], "weapons", "The question")
    assert "No appeals are open" in shown[tab._shown]
    assert [(one.label, one.side) for one in store.appeals.all()] == [("none", "input"), ("weapons", "input")]


def test_a_decision_without_a_category_is_told_on_the_page(assistant, tab):
    made = assistant.store.appeals.file(ANSWERED)
    with pytest.raises(gr.Error, match="say what it is"):
        told(tab._stopped_by)(made.id, None, "The answer")


def test_a_user_has_no_review_tab(assistant):
    from dataclasses import replace

    def labels(page):
        return [block.label for block in page.blocks.values() if isinstance(block, gr.Tab)]

    assert "Review" in labels(build(assistant))
    settings = assistant.settings
    as_ben = replace(assistant, settings=replace(settings, chat=settings.chat.model_copy(update={"user": "ben"})))
    assert "Review" not in labels(build(as_ben))


def test_who_decides_on_a_page_that_is_out_of_date_is_told(assistant, tab):
    made = assistant.store.appeals.file(REFUSED)
    tab._fine_by(made.id, None, "The answer")
    with pytest.raises(gr.Error, match="decided meanwhile: reload"):
        told(tab._stopped_by)(made.id, "violence", "The answer")
    assert assistant.store.appeals.one(made.id).label == "none"

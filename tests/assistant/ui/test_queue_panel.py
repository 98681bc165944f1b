"""The review queue on the page: look, rate, go on."""

import gradio as gr
import pytest

from assistant.turns import Rating, Turn
from assistant.ui.border import told
from assistant.ui.queue_panel import QueuePanel, card

PROMPT = ({"role": "user", "content": "q"},)


@pytest.fixture
def panel(assistant):
    conversation = assistant.store.add_conversation().id
    for number in (1, 2, 3):
        made = f"2026-01-0{number}T00:00:00"
        turn = Turn(f"t{number}", conversation, number, f"<q{number}>", f"<a{number}>", prompt=PROMPT, created_at=made)
        assistant.store.add_turn(turn)
    built = QueuePanel(assistant)
    with gr.Blocks(analytics_enabled=False):
        built.build()
    return built


def test_the_first_is_shown_with_everything_escaped(panel):
    shown = panel.view()
    assert (shown[panel._open], shown[panel._chosen]["value"]) == ("t3", "t3")
    assert "&lt;a3&gt;" in shown[panel._shown]
    assert "<a3>" not in shown[panel._shown]


def test_a_thumb_is_kept_with_its_correction_and_the_next_answer_comes(assistant, panel):
    shown = panel._down("t3", " better ")
    assert assistant.store.turn("t3").rating == Rating("down", correction="better")
    assert shown[panel._open] == "t2"
    assert panel._up("t2", "")[panel._open] == "t1"
    shown = panel._up("t1", "")
    assert (shown[panel._open], shown[panel._rating]["visible"]) == (None, False)
    assert assistant.store.turn("t1").rating == Rating("up")


def test_who_skips_the_last_begins_again(panel):
    assert [panel._next(one)[panel._open] for one in ("t3", "t2", "t1")] == ["t2", "t1", "t3"]


def test_what_somebody_else_rated_meanwhile_is_not_overwritten(assistant, panel):
    assistant.store.rate("t3", Rating("up"))
    with pytest.raises(gr.Error, match="rated meanwhile"):
        told(panel._down)("t3", "")
    assert assistant.store.turn("t3").rating == Rating("up")


def test_the_order_of_the_reward_model_is_offered_where_there_is_one(panel, monkeypatch):
    assert panel.view()[panel._score]["visible"] is False
    monkeypatch.setattr(panel._queue._reward, "name", lambda: "taste")
    assert panel.view()[panel._score]["visible"] is True


def test_an_empty_queue_says_so(assistant, panel):
    for number in (1, 2, 3):
        assistant.store.rate(f"t{number}", Rating("up"))
    assert "No answer waits" in panel.view()[panel._chosen]["info"]
    assert card(None) == ""

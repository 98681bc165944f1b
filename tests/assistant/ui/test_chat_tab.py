import sqlite3
from contextlib import closing, suppress

import gradio as gr
import pytest

from assistant.events import Delta, Done, Found
from assistant.turns import Refusal, Source, Support, Turn
from assistant.ui.border import told
from assistant.ui.chat_tab import ChatTab
from knowledge.errors import IndexUnavailable


@pytest.fixture
def tab(assistant):
    built = ChatTab(assistant)
    with gr.Blocks(analytics_enabled=False):
        built.build()
    return built


def test_where_the_documents_go_away_in_the_middle_one_can_ask_again(assistant, tab):
    conversation = assistant.store.add_conversation().id
    source = Source(1, "d1:0", "d1", "Leave", {}, "Leave is 25 days.", 0, 17)
    assistant.store.add_turn(Turn("t1", conversation, 0, "How long?", "25 days [1].", sources=(source,)))
    with closing(sqlite3.connect(assistant.settings.home / "knowledge" / "catalogue.db")) as database:
        database.execute("DROP TABLE documents")
    updates = tab._written(conversation, [], iter(()))
    assert next(updates)[tab.parts.send]["visible"] is False
    ended = next(updates)
    assert (ended[tab.parts.send]["visible"], ended[tab.parts.stop]["visible"]) == (True, False)
    with pytest.raises(IndexUnavailable):
        next(updates)


def test_a_refused_answer_is_withdrawn_from_the_page_at_once_and_also_where_the_view_cannot_be_had(assistant, tab):
    conversation = assistant.store.add_conversation().id
    refusal = Refusal("harm", "weapons", "The answer was withdrawn because it turned to weapons.", "output")
    source = Source(1, "d1:0", "d1", "Leave", {}, "Leave is 25 days.", 0, 17)
    assistant.store.add_turn(Turn("t0", conversation, 0, "How long?", "25 days [1].", sources=(source,)))
    turn = Turn("t1", conversation, 1, "And the bomb?", refusal=refusal)
    with closing(sqlite3.connect(assistant.settings.home / "knowledge" / "catalogue.db")) as database:
        database.execute("DROP TABLE documents")
    updates = tab._written(conversation, [{}], iter([Found(turn, turn), Delta("First take a"), Done(turn, turn)]))
    shown = [update[tab.parts.chat][-1]["content"] for update in updates_of(updates) if tab.parts.chat in update]
    assert shown[-2] == "First take a"
    assert "withdrawn because" in shown[-1]
    assert "First take a" not in shown[-1]


def updates_of(updates):
    """Take what comes up to an error."""
    with suppress(IndexUnavailable):
        yield from updates


def test_what_goes_wrong_in_the_middle_of_a_stream_is_told_after_what_came_before_it():
    def stream(word):
        yield word
        raise IndexUnavailable("the index cannot be read: free some space")

    events = told(stream)("first")
    assert next(events) == "first"
    with pytest.raises(gr.Error, match="free some space"):
        next(events)


def test_sentences_are_marked_by_the_threshold_of_the_policy_as_it_is_now(assistant, tab):
    conversation = assistant.store.add_conversation().id
    support = (Support("25 days.", 0, 8, 1, 0.5),)
    assistant.store.add_turn(Turn("t1", conversation, 0, "How long?", "25 days.", support=support))
    marked = []
    for threshold in (0.4, 0.6):
        assistant.settings.policy.path.write_text(f"[grounding]\nthreshold = {threshold}\n", encoding="utf-8")
        marked.append("data-unsupported" in str(tab._view(conversation)[tab.parts.chat]))
    assert marked == [False, True]

"""The choice of what answers in a conversation."""

import gradio as gr
import pytest

from assistant.turns import Conversation, Pin
from assistant.ui import pinning
from assistant.ui.chat_tab import ChatTab
from finetune.registry import Card


@pytest.fixture
def registry(assistant, tmp_path):
    (tmp_path / "trained").mkdir()
    (tmp_path / "trained" / "adapter_config.json").write_text("{}")
    for name, method in (("first", "kto"), ("judge", "reward")):
        assistant.registry.add(name, tmp_path / "trained", Card(base=str(tmp_path / "no model"), method=method))
    return assistant.registry


def values(update):
    return [value for _, value in update["choices"]]


def test_what_serves_is_chosen_where_nothing_is_pinned(registry):
    offered = pinning.offered(registry, None)
    assert offered["value"] == pinning.SERVING
    assert values(offered) == [pinning.SERVING, pinning.BASE, "first"]


@pytest.mark.parametrize("pin", [None, Pin(None), Pin("first")])
def test_a_choice_stands_for_the_pin_that_it_shows(registry, pin):
    offered = pinning.offered(registry, Conversation("c", "", "", "", pin))
    assert pinning.chosen(offered["value"]) == pin


def test_a_pinned_adapter_that_is_gone_is_still_shown(registry):
    offered = pinning.offered(registry, Conversation("c", "", "", "", Pin("old")))
    assert offered["value"] == "old"
    assert ("old (gone)", "old") in offered["choices"]


def test_choosing_pins_the_conversation_and_begins_one_where_there_is_none(assistant, registry):
    tab = ChatTab(assistant)
    with gr.Blocks(analytics_enabled=False):
        tab.build()
    shown = tab._pin(None, "first", None)
    (conversation,) = assistant.store.conversations()
    assert conversation.pin == Pin("first")
    assert shown[tab.parts.pinned]["value"] == "first"
    tab._pin(conversation.id, "", None)
    assert assistant.store.pinned(conversation.id) is None

"""OWASP API1:2023, broken object level authorisation: ids of somebody else are tried on all that takes one."""

import gradio as gr
import pytest

from assistant.errors import BadInput
from assistant.turns import Turn
from assistant.ui.chat_tab import ChatTab
from assistant.ui.documents_tab import DocumentsTab
from knowledge.documents import Collection
from knowledge.errors import BadInput as KnowledgeBadInput

SECRET = "The merger with the Osprey company is announced in May."


@pytest.fixture(scope="module")
def tab(assistant):
    built = ChatTab(assistant)
    with gr.Blocks(analytics_enabled=False):
        built.build()
    return built


@pytest.fixture
def bens(assistant):
    """The conversation of ben, with one turn."""
    conversation = assistant.store.add_conversation("Pay of ben", user="ben").id
    assistant.store.add_turn(Turn(f"turn in {conversation}"[:32], conversation, 0, "What do I earn?", "Too little."))
    return conversation


def the_turn(conversation):
    return f"turn in {conversation}"[:32]


WISHES = (True, None, "")
BY_CONVERSATION = {
    "rename": lambda tab, c, t, request: tab._rename(c, "Mine", None),
    "pin": lambda tab, c, t, request: tab._pin(c, "/base", None),
    "delete": lambda tab, c, t, request: tab._delete(c),
    "send": lambda tab, c, t, request: list(tab._send("And I?", c, *WISHES, request)),
    "select": lambda tab, c, t, request: tab._select(c, gr.SelectData(None, {"index": 0, "value": ""})),
}
BY_TURN = {
    "regenerate": lambda tab, c, t, request: list(tab._regenerate(t, *WISHES, request)),
    "best of several": lambda tab, c, t, request: list(tab._best(t, *WISHES, request)),
    "step": lambda tab, c, t, request: tab._step(t, by=1),
    "thumb": lambda tab, c, t, request: tab._thumb(t, thumb="up"),
    "appeal": lambda tab, c, t, request: tab._appeal(t),
    "save the rating": lambda tab, c, t, request: tab._save(t, [], "mine", "mine"),
}
EVERYTHING = BY_CONVERSATION | BY_TURN


@pytest.mark.parametrize("name", ["eve", "rita", "anna"])
@pytest.mark.parametrize("what", EVERYTHING)
def test_what_is_somebody_elses_is_no_longer_there_whoever_asks(assistant, tab, bens, clicks, name, what):
    before = assistant.store.turns(bens), assistant.store.conversations(user="ben")
    with clicks(name) as request, pytest.raises(BadInput, match="no longer there"):
        EVERYTHING[what](tab, bens, the_turn(bens), request)
    assert (assistant.store.turns(bens), assistant.store.conversations(user="ben")) == before


def test_every_click_of_the_tab_was_tried_or_takes_no_id(assistant):
    with gr.Blocks(analytics_enabled=False) as page:
        ChatTab(assistant).build()
    tried = {"_rename", "_pin", "_delete", "_send", "_select", "_regenerate", "_best", "_step", "_thumb", "_appeal"}
    tried |= {"_save", "_view", "_new", "_stop"}
    clicked = [getattr(fn.fn, "__wrapped__", fn.fn) for fn in page.fns.values()]
    assert {getattr(action, "func", action).__name__ for action in clicked} <= tried | {
        "_save",
        "_view",
        "_new",
        "_stop",
    }


@pytest.mark.parametrize("look", ["_view", "opened"])
def test_a_conversation_of_somebody_else_is_not_shown_by_its_id(tab, bens, clicks, look):
    with clicks("eve"):
        shown = getattr(tab, look)(bens)
    assert "Too little" not in str(shown.values())
    assert "Pay of ben" not in str(shown.values())
    assert shown[tab.parts.conversations]["value"] is None


def test_what_is_ones_own_is_shown_and_can_be_changed(assistant, tab, bens, clicks):
    with clicks("ben"):
        assert "Too little" in str(tab._view(bens).values())
        tab._thumb(the_turn(bens), thumb="up")
        tab._rename(bens, "Wages", None)
    assert assistant.store.turn(the_turn(bens)).rating.thumb == "up"
    assert "Wages" in [one.title for one in assistant.store.conversations(user="ben")]


def test_an_id_of_nothing_and_one_of_somebody_else_are_refused_in_the_same_words(tab, bens, clicks):
    told = set()
    for conversation in (bens, "0" * 32):
        with clicks("eve"), pytest.raises(BadInput) as error:
            tab._delete(conversation)
        told.add(str(error.value))
    assert len(told) == 1


def test_a_new_conversation_belongs_to_who_began_it(assistant, tab, clicks):
    with clicks("eve") as request:
        updates = tab._send("Hello?", None, *WISHES, request)
        next(updates)
        updates.close()
    newest = assistant.store.conversations()[0]
    assert newest.user == "eve"


def test_documents_of_a_collection_are_for_its_readers_alone_on_every_page(assistant, tab, clicks, tmp_path_factory):
    file = tmp_path_factory.mktemp("files") / "merger.md"
    file.write_text(f"# Merger\n\n{SECRET}\n", encoding="utf-8")
    assistant.library.put_collection(Collection("board", "ben", ()))
    document = assistant.library.add(file, "board").id
    documents = DocumentsTab(assistant)
    with gr.Blocks(analytics_enabled=False):
        documents.build()
    for name, expected in (("ben", True), ("eve", False), ("anna", False)):
        with clicks(name):
            shown = str(documents.view("", "Any state", None, []).values()) + str(tab.choices([], None).values())
        assert ("Merger" in shown) is expected
    with pytest.raises(KnowledgeBadInput):
        assistant.library.remove(document, user="eve")

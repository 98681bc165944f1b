from dataclasses import replace

import pytest

from assistant.access import ANSWER, FORBIDDEN, QUARANTINED, REMOVED, Access
from assistant.turns import Citation, Message, Source, Support, Turn
from knowledge.documents import Document
from knowledge.errors import BadInput

SECRET = "The merger is announced in May."


class Shelf:
    """Documents by their ids."""

    def __init__(self, **states):
        self.states = states

    def document(self, document_id):
        if document_id not in self.states:
            raise BadInput(f"there is no document {document_id!r}")
        return Document(document_id, "T", "t.md", "c", "", self.states[document_id], 1, None, "2026-01-01")


def seen(access, turn):
    return access.shown(turn, access.forbidden([turn]))


def source(number, text):
    return Source(number, f"p{number}", f"d{number}", f"Title {number}", {"heading": f"Head {number}"}, text, 0, 9)


def citation(number, text):
    return Citation(number, f"d{number}", f"Title {number}", {"heading": f"Head {number}"}, text, 0, 9)


TURN = Turn(
    id="t1",
    conversation_id="c1",
    position=0,
    question="When?",
    answer="In May [1].",
    prompt=(Message(role="user", content=SECRET),),
    sources=(source(1, SECRET), source(2, "Lunch is at noon.")),
    citations=(citation(1, SECRET), citation(2, "Lunch is at noon.")),
    support=(Support("In May [1].", 0, 11, 1, 0.9),),
)


def test_a_turn_whose_documents_may_all_be_read_is_shown_as_it_is():
    shelf = Shelf(d1="ready", d2="ready")
    assert seen(Access(shelf, shelf), TURN) is TURN
    assert Access(shelf, shelf).open(TURN)


@pytest.mark.parametrize(
    ("allowed", "everything", "reason"),
    [
        (Shelf(d2="ready"), Shelf(d2="ready"), REMOVED),
        (Shelf(d2="ready"), Shelf(d1="ready", d2="ready"), FORBIDDEN),
        (Shelf(d1="quarantined", d2="ready"), Shelf(d1="quarantined", d2="ready"), QUARANTINED),
    ],
)
def test_of_a_lost_document_neither_text_nor_title_nor_place_nor_quote_nor_prompt_is_left(allowed, everything, reason):
    shown = seen(Access(allowed, everything), TURN)
    assert [one.withheld for one in shown.sources] == [reason, None]
    assert [one.marker for one in shown.citations] == [2]
    for word in (SECRET, "Title 1", "Head 1"):
        assert word not in str(shown)
    assert "Lunch is at noon." in str(shown.sources)


def test_an_answer_stays_where_its_document_was_removed_and_goes_where_it_may_not_be_read():
    everything = Shelf(d1="ready", d2="ready")
    assert seen(Access(Shelf(d2="ready"), Shelf(d2="ready")), TURN).answer == "In May [1]."
    assert seen(Access(Shelf(d2="ready"), everything), TURN).answer == ANSWER
    assert seen(Access(Shelf(d2="ready"), everything), TURN).support == ()


def test_an_answer_that_had_a_forbidden_passage_before_it_but_does_not_rest_on_it_stays():
    turn = replace(TURN, citations=TURN.citations[1:], support=(Support("At noon.", 0, 8, 2, 0.9),))
    assert seen(Access(Shelf(d2="ready"), Shelf(d1="ready", d2="ready")), turn).answer == "In May [1]."


@pytest.mark.parametrize("support", [(), TURN.support])
def test_an_answer_that_cites_nothing_goes_where_it_may_rest_on_a_forbidden_passage(support):
    turn = replace(TURN, citations=(), support=support)
    assert seen(Access(Shelf(d2="ready"), Shelf(d1="ready", d2="ready")), turn).answer == ANSWER


def test_the_nearest_passages_of_an_abstention_are_withheld_too():
    turn = replace(TURN, sources=(), citations=(), nearest=TURN.sources)
    access = Access(Shelf(d2="ready"), Shelf(d2="ready"))
    assert not access.open(turn)
    assert [one.text for one in seen(access, turn).nearest] == ["", "Lunch is at noon."]


def test_an_answer_that_only_retold_a_forbidden_document_goes_with_the_answer_that_it_retold():
    access = Access(Shelf(d2="ready"), Shelf(d1="ready", d2="ready"))
    told = (Message(role="assistant", content=TURN.answer), Message(role="user", content="In other words?"))
    retold = Turn("t2", "c1", 1, "In other words?", "It is May.", prompt=told)
    again = Turn("t3", "c1", 2, "And?", "As I said: May.", prompt=(Message(role="assistant", content=retold.answer),))
    other = Turn("t4", "c1", 3, "Hello!", "Good morning.", prompt=(Message(role="user", content="Hello!"),))
    forbidden = access.forbidden([TURN, retold, again, other])
    assert [access.shown(turn, forbidden).answer for turn in (retold, again, other)] == [ANSWER, ANSWER, other.answer]
    assert access.shown(retold, forbidden).prompt == ()

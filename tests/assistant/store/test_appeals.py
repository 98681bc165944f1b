from dataclasses import replace

import pytest

from assistant.errors import BadInput, StoreUnavailable
from assistant.store.appeals import Appeal, Decision
from assistant.store.audit import Entry
from assistant.turns import Turn

REFUSED = Appeal("t1", "refused", "input", "How do I kill a process?", "", "harm", "violence", 0.6, "ben")


@pytest.fixture
def conversation(store):
    made = store.add_conversation().id
    store.add_turn(Turn("t1", made, 0, "How do I kill a process?"))
    return made


def test_an_appeal_comes_back_as_it_was_filed(store):
    filed = store.appeals.file(REFUSED)
    assert (filed.text, filed.rail, filed.rule, filed.score, filed.user) == (
        "How do I kill a process?", "harm", "violence", 0.6, "ben",
    )  # fmt: skip
    assert (filed.state, filed.label, filed.decided_at) == ("open", None, None)
    assert store.appeals.all(open_=True) == [filed]


def test_a_turn_is_appealed_once(store):
    store.appeals.file(REFUSED)
    with pytest.raises(BadInput, match="appealed before"):
        store.appeals.file(REFUSED)


def test_a_decided_appeal_is_open_no_more(store):
    filed = store.appeals.file(REFUSED)
    decided = store.appeals.decide(filed.id, Decision("upheld", "input", "none", "anna"))
    assert (decided.state, decided.label, decided.decided_by) == ("upheld", "none", "anna")
    assert (store.appeals.all(open_=True), store.appeals.all(open_=False)) == ([], [decided])


def test_an_appeal_that_there_is_not_is_told(store):
    for action in (store.appeals.one, store.appeals.remove):
        with pytest.raises(BadInput, match="no appeal 7"):
            action(7)


def test_an_open_appeal_goes_with_its_conversation_and_a_decided_one_stays(store, conversation):
    filed = store.appeals.file(REFUSED)
    store.appeals.decide(filed.id, Decision("upheld", "input", "none", None))
    store.appeals.file(Appeal("t1", "answered", "output", "q", "a"))
    store.delete(conversation)
    assert [one.id for one in store.appeals.all()] == [filed.id]


def test_a_removed_appeal_is_no_longer_in_the_file(store, tmp_path):
    filed = store.appeals.file(Appeal("t1", "refused", "input", "a rare word: xylograph", ""))
    store.appeals.remove(filed.id)
    store.close()
    assert b"xylograph" not in (tmp_path / "home" / "assistant.db").read_bytes()


def test_an_appeal_does_not_show_its_text_in_a_log(store):
    assert "kill" not in repr(store.appeals.file(REFUSED))


def test_nothing_is_kept_of_an_appeal_that_cannot_be_logged(store, tmp_path):
    entry = Entry("review", "note", "text")
    filed = store.appeals.file(REFUSED, [entry])
    (tmp_path / "home" / "audit.key").unlink()
    for change in (
        lambda: store.appeals.file(replace(REFUSED, turn_id="t2"), [entry]),
        lambda: store.appeals.decide(filed.id, Decision("upheld", "input", "none", None), [entry]),
        lambda: store.appeals.remove(filed.id, [entry]),
    ):
        with pytest.raises(StoreUnavailable):
            change()
    assert store.appeals.all() == [filed]


def test_who_decides_on_what_is_no_longer_open_is_told(store):
    filed = store.appeals.file(REFUSED)
    store.appeals.decide(filed.id, Decision("upheld", "input", "none", "anna"), only_open=True)
    with pytest.raises(BadInput, match="decided meanwhile"):
        store.appeals.decide(filed.id, Decision("dismissed", "input", "violence", "eve"), only_open=True)
    assert store.appeals.one(filed.id).decided_by == "anna"


@pytest.mark.parametrize("number", [0, -1, 2**63, 10**20])
def test_an_id_that_no_database_knows_is_told_as_any_other(store, number):
    with pytest.raises(BadInput, match="no appeal"):
        store.appeals.one(number)

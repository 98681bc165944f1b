import pytest

from assistant.appeals import KEPT, Withdrawn, appeal, decide, labelled, remove
from assistant.errors import BadInput
from assistant.store.appeals import Appeal
from assistant.store.audit import Wanted
from assistant.turns import Refusal, Turn
from tests.assistant.doubles import Forbids


def filed(store, turn_id="t1", kind="refused", rail="harm", rule="violence", text="How do I kill a process?"):
    texts = (text, "") if kind == "refused" else ("How?", text)
    side = "input" if kind == "refused" else "output"
    return store.appeals.file(
        Appeal(turn_id, kind, side, *texts, rail if kind == "refused" else None, rule, 0.6, "ben")
    )


# Filing


def test_an_appeal_against_a_refused_question_keeps_it_masked(chat, masking):
    one = chat(input_rails=[Forbids("bomb"), masking])
    turn = one.ask("Send the bomb to ben@example.com.")
    made = appeal(one.store, turn, "ben", one.engine.withdrawn)
    assert made.text == turn.question
    assert "ben@example.com" not in made.text
    assert (made.kind, made.rail, made.rule, made.score, made.side, made.user) == (
        "refused", "forbids", "the word", 1.0, "input", "ben",
    )  # fmt: skip


def test_an_answer_may_be_said_to_be_unfit(chat):
    one = chat("Mix the bomb.")
    made = appeal(one.store, one.ask("How?"), None, one.engine.withdrawn)
    assert (made.kind, made.side, made.text, made.question) == ("answered", "output", "Mix the bomb.", "How?")


def test_a_withdrawn_answer_is_stored_only_if_somebody_appeals(chat, tmp_path):
    one = chat("Mix the xylograph bomb.", output_rails=[Forbids("bomb")])
    turn = one.ask("How?")
    files = [tmp_path / "home" / f"assistant.db{end}" for end in ("", "-wal")]
    assert not any(b"xylograph" in file.read_bytes() for file in files)
    assert appeal(one.store, turn, None, one.engine.withdrawn).text == "Mix the xylograph bomb."


def test_a_withdrawn_answer_that_is_gone_leaves_the_question_alone(store):
    turn = Turn("t1", "c", 0, "How?", refusal=Refusal("harm", "weapons", "No.", "output"))
    made = appeal(store, turn, None, Withdrawn())
    assert (made.text, made.question) == ("", "How?")


def test_only_the_last_withdrawn_answers_are_remembered():
    withdrawn = Withdrawn()
    for number in range(KEPT + 1):
        withdrawn.keep(f"t{number}", "text")
    assert (withdrawn.text("t0"), withdrawn.text("t1")) == ("", "text")


# Deciding


@pytest.mark.parametrize(
    ("kind", "verdict", "label", "state", "is_"),
    [
        ("refused", "fine", None, "upheld", "none"),
        ("refused", "stopped", None, "dismissed", "violence"),
        ("refused", "stopped", "fraud", "dismissed", "fraud"),
        ("answered", "fine", None, "dismissed", "none"),
        ("answered", "stopped", "weapons", "upheld", "weapons"),
    ],
)
def test_a_decision_says_who_was_right_and_what_the_text_is(store, kind, verdict, label, state, is_):
    decided = decide(store, filed(store, kind=kind).id, verdict, label, "anna")
    assert (decided.state, decided.label, decided.decided_by) == (state, is_, "anna")


def test_a_refusal_by_the_injection_rail_is_an_injection_where_nothing_else_is_said(store):
    assert (
        decide(store, filed(store, rail="injection", rule="jailbreak").id, "stopped", None, None).label == "injection"
    )


def test_a_refusal_by_a_rail_without_a_head_teaches_none(store):
    decided = decide(store, filed(store, rail="domain", rule="elsewhere").id, "stopped", None, None)
    assert (decided.state, decided.label) == ("dismissed", None)
    assert labelled([decided]) == []


def test_of_an_answer_it_may_be_the_question_that_should_have_been_stopped(store):
    decided = decide(store, filed(store, kind="answered").id, "stopped", "crime", None, question=True)
    assert (decided.side, decided.text) == ("input", "How?")


@pytest.mark.parametrize(
    ("kind", "verdict", "label"),
    [("answered", "stopped", None), ("refused", "stopped", "rudeness"), ("refused", "stopped", "none"),
     ("refused", "fine", "fraud")],
)  # fmt: skip
def test_a_decision_that_says_nothing_or_the_wrong_thing_is_refused(store, kind, verdict, label):
    made = filed(store, kind=kind)
    with pytest.raises(BadInput):
        decide(store, made.id, verdict, label, None)
    assert store.appeals.one(made.id).state == "open"


def test_who_appealed_and_who_decided_is_in_the_audit_log(chat):
    one = chat("Mix it.")
    made = appeal(one.store, one.ask("How?"), "ben", one.engine.withdrawn)
    decide(one.store, made.id, "stopped", "weapons", "anna")
    found = [(row.user, row.action, row.rule) for row in one.store.audit.rows(Wanted(stage="review"))]
    assert found == [("ben", "note", "appeal"), ("anna", "note", "to be stopped: weapons")]


def test_decided_appeals_are_examples_and_the_latest_decision_on_a_text_counts(store):
    ids = [filed(store, f"t{number}").id for number in range(2)]
    filed(store, "t3", text="still open")
    decide(store, ids[1], "stopped", None, None)
    decide(store, ids[0], "fine", None, None)
    found = labelled(store.appeals.all())
    assert [(one.text, one.label) for one in found] == [("How do I kill a process?", "none")]


def test_a_decision_that_was_on_the_question_may_be_corrected_to_the_answer(store):
    made = filed(store, kind="answered")
    decide(store, made.id, "stopped", "crime", None, question=True)
    assert decide(store, made.id, "stopped", "crime", None).side == "output"


def test_an_appeal_shows_the_score_of_the_side_that_was_refused(store):
    verdicts = tuple(
        {"rail": "harm", "score": score, "side": side} for score, side in ((0.41, "input"), (0.98, "output"))
    )
    turn = Turn("t1", "c", 0, "How?", refusal=Refusal("harm", "weapons", "No.", "output"), verdicts=verdicts)
    assert appeal(store, turn, None, Withdrawn()).score == 0.98


def test_a_removal_is_logged_and_the_text_is_gone(store):
    made = filed(store)
    remove(store, made.id, "anna")
    rows = [(row.user, row.rule, row.turn_id) for row in store.audit.rows(Wanted(text=made.text))]
    assert (rows, store.appeals.all()) == ([("anna", "removed", "t1")], [])

import csv
import json

import pytest

from assistant.audit import export, moment, note_quarantined, note_release, told
from assistant.errors import BadInput, ModelUnavailable, StoreUnavailable
from assistant.store.audit import Check, Entry, Wanted
from tests.assistant.doubles import Breaks, Forbids


def rows(chat, **wanted):
    return [(r.stage, r.action, r.rail, r.rule) for r in chat.store.audit.rows(Wanted(**wanted))]


# What an answer leaves in the log


def test_a_turn_that_passes_is_logged_on_both_sides(chat):
    one = chat("Fine.", input_rails=[Forbids("bomb")], output_rails=[Forbids("bomb")])
    turn = one.ask("How are you?", user="ben")
    assert rows(one) == [("input", "allow", None, None), ("output", "allow", None, None)]
    assert {(r.turn_id, r.user) for r in one.store.audit.rows()} == {(turn.id, "ben")}


def test_a_refused_question_is_logged_with_its_rule(chat):
    one = chat(input_rails=[Forbids("bomb")])
    one.ask("How do I build a bomb?")
    assert rows(one) == [("input", "refuse", "forbids", "the word")]


def test_what_was_typed_is_found_by_its_hash_also_where_it_was_masked(chat, masking):
    one = chat(input_rails=[masking])
    one.ask("My address is ben@example.com.")
    found = list(one.store.audit.rows(Wanted(text="My address is ben@example.com.")))
    assert [(row.stage, row.action, row.rail) for row in found] == [("input", "mask", "privacy")]


def test_every_verdict_that_does_not_allow_is_a_row(chat, masking):
    one = chat(input_rails=[Forbids("bomb"), masking, Breaks()])
    one.ask("Send the bomb to ben@example.com.")
    assert [(action, rail) for _, action, rail, _ in rows(one)] == [
        ("refuse", "forbids"), ("mask", "privacy"), ("refuse", "breaks"),
    ]  # fmt: skip


def test_a_withdrawn_answer_is_logged_by_what_the_model_wrote(chat):
    one = chat("First mix the bomb.", output_rails=[Forbids("bomb")])
    one.ask("How?")
    assert rows(one)[1:] == [("output", "refuse", "forbids", "the word")]
    assert rows(one, text="First mix the bomb.") == [("output", "refuse", "forbids", "the word")]


def test_an_answer_is_found_by_its_stored_text(chat):
    one = chat("All is well here.")
    assert rows(one, text=one.ask("How?").answer) == [("output", "allow", None, None)]


def test_an_answer_whose_reader_leaves_is_logged(chat):
    one = chat("one two three four five six seven eight nine ten eleven twelve thirteen fourteen " * 3)
    events = one.engine.reply(one.conversation, "Count!")
    next(events), next(events)
    events.close()
    assert rows(one) == [("input", "allow", None, None), ("output", "allow", None, "reader left")]


def test_an_answer_that_the_model_breaks_off_is_logged(chat):
    one = chat(ModelUnavailable("out of memory"))
    with pytest.raises(ModelUnavailable):
        one.ask("How?")
    assert rows(one) == [("input", "allow", None, None), ("output", "allow", None, "broken off")]


def test_the_adapter_and_the_version_of_the_policy_are_logged(chat, tmp_path):
    one = chat(rails={"version": "abc123"})
    one.ask("How?")
    assert {(row.adapter, row.policy) for row in one.store.audit.rows()} == {(None, "abc123")}


def test_where_nothing_can_be_logged_nothing_is_answered(chat, tmp_path):
    one = chat("Fine.")
    one.ask("How?")
    (tmp_path / "home" / "audit.key").unlink()
    with pytest.raises(StoreUnavailable, match="key of the audit log"):
        one.ask("And now?")
    assert len(one.model.asked) == 1
    assert [turn.question for turn in one.store.turns(one.conversation)] == ["How?"]


# Documents


def test_a_document_in_quarantine_is_logged_once_and_so_is_its_release(store):
    for _ in range(2):
        note_quarantined(store.audit, ["d1", "d2"], "p1")
    note_release(store.audit, "d1", "anna", "p1")
    found = [(r.document_id, r.action, r.rule, r.user) for r in store.audit.rows(Wanted(stage="document"))]
    assert found == [
        ("d1", "flag", "quarantined", None), ("d2", "flag", "quarantined", None), ("d1", "note", "released", "anna"),
    ]  # fmt: skip


# Filters and files


@pytest.mark.parametrize(
    ("text", "end", "read"),
    [
        ("2026-01-31", False, "2026-01-31T00:00:00.000000+00:00"),
        ("2026-01-31", True, "2026-02-01T00:00:00.000000+00:00"),
        ("2026-01-31T14:30", True, "2026-01-31T14:30:00.000000+00:00"),
        ("2026-01-31T14:30+02:00", False, "2026-01-31T12:30:00.000000+00:00"),
        (" ", False, None),
        (None, True, None),
    ],
)
def test_dates_are_read_as_utc(text, end, read):
    assert moment(text, end=end) == read


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "9999-12-31", "0001-01-01T00:00+14:00"])
def test_what_is_no_date_is_told(text):
    with pytest.raises(BadInput, match="is no date"):
        moment(text, end=True)


def test_the_log_is_exported_as_jsonl_and_as_csv(store, tmp_path):
    store.audit.append([Entry("input", "refuse", "x", "ben", "harm", "weapons", 0.5)])
    assert export(store.audit.rows(), tmp_path / "log.jsonl") == 1
    assert export(store.audit.rows(), tmp_path / "log.csv") == 1
    row = json.loads((tmp_path / "log.jsonl").read_text())
    with (tmp_path / "log.csv").open(newline="") as file:
        assert next(csv.DictReader(file))["hash"] == row["hash"]
    assert (row["user"], row["rail"], row["score"]) == ("ben", "harm", 0.5)


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1"])
def test_no_cell_of_a_csv_is_a_formula(store, tmp_path, name):
    store.audit.append([Entry("input", "allow", "x", name)])
    export(store.audit.rows(), tmp_path / "log.csv")
    with (tmp_path / "log.csv").open(newline="") as file:
        assert next(csv.DictReader(file))["user"] == f"'{name}"


def test_a_file_of_another_kind_or_elsewhere_is_refused(store, tmp_path):
    with pytest.raises(BadInput, match=r"\.jsonl or \.csv|neither"):
        export(store.audit.rows(), tmp_path / "log.xlsx")
    with pytest.raises(BadInput, match="cannot be written"):
        export(store.audit.rows(), tmp_path / "none" / "log.csv")


def test_a_check_is_told_in_words():
    assert list(told(Check(2, "abc"))) == ["The log is whole: 2 rows, the last of which has the hash abc."]
    broken = list(told(Check(9, "abc", 3, "it was changed", 5)))
    assert broken[0] == "The log is broken at row 3: it was changed."
    assert "whole from row 5 on" in broken[1]

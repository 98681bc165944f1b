from dataclasses import replace

import pytest

from assistant.ui.deletion import named, question
from assistant.ui.documents_tab import ANY, matching
from assistant.ui.sharing import EVERYBODY, SOME, typed
from knowledge.documents import Collection, Document

LEAVE = Document("d1", "Leave", "/files/leave.md", "staff", "x", "ready", 7, None, "2026-01-02")
SCAN = replace(LEAVE, id="d2", title="Scan", source="a.pdf", state="failed", reason="install Tesseract")


@pytest.mark.parametrize(
    ("words", "state", "expected"),
    [
        ("", ANY, ["d2", "d1"]),
        ("LEAVE", ANY, ["d1"]),
        ("staff tesseract", ANY, ["d2"]),
        ("", "ready", ["d1"]),
        ("leave", "failed", []),
    ],
)
def test_the_list_keeps_what_holds_all_words_and_is_in_the_state_the_newest_first(words, state, expected):
    assert [document.id for document in matching([LEAVE, SCAN], words, state)] == expected


def test_before_documents_are_deleted_they_are_named():
    assert question([LEAVE]).startswith("Delete this document? `Leave`.")
    asked = question([replace(LEAVE, title=f"**T{n}** `x`") for n in range(7)])
    assert asked.startswith("Delete these 7 documents? `**T0**  x `, ")
    assert "and 2 more" in asked


def test_a_document_to_choose_tells_its_file_and_what_is_wrong_with_it():
    assert named(LEAVE) == "Leave (leave.md, staff)"
    assert named(SCAN) == "Scan (a.pdf, staff, failed)"


@pytest.mark.parametrize(
    ("owner", "who", "readers", "expected"),
    [
        ("", EVERYBODY, "anna", Collection("staff")),
        (" anna ", SOME, "ben, carl,\nben,, ", Collection("staff", "anna", ("ben", "carl"))),
        ("anna", SOME, "", Collection("staff", "anna", ())),
    ],
)
def test_a_collection_is_read_from_what_was_typed(owner, who, readers, expected):
    assert typed(" staff ", owner, who, readers) == expected

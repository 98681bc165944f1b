"""The threshold is fitted to the documents, by their own questions or by a file of them, and kept."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from knowledge.calibration import DECLINED, calibrate, read
from knowledge.errors import BadInput
from knowledge.library import Library
from knowledge.relevance import Judge

THINGS = ("badge", "bicycle", "kettle", "printer", "locker", "canoe", "ladder", "projector", "heater", "trolley")


@pytest.fixture(scope="module")
def filled(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("things")
    for number, thing in enumerate(THINGS):
        file = folder / f"{thing}.md"
        file.write_text(
            f"# The {thing} of floor {number}\n\nA broken {thing} is brought to the workshop in room {number}1, "
            f"where somebody repairs the {thing} within {number + 2} days without any charge."
        )
        shared.add(file)
    return shared


@pytest.fixture
def questions(tmp_path):
    rows = [
        {"question": f"Where is a broken {t} brought to?", "document": f"The {t} of floor {n}"}
        for n, t in enumerate(THINGS)
    ]
    rows += [{"question": f"Who painted the {w} in 1650?", "answerable": False} for w in ("sea", "moon", "night")]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


def test_few_questions_with_an_answer_are_declined(filled, questions):
    fitted = calibrate(filled, read(questions))
    assert fitted.questions == 2 * len(THINGS) + 3
    assert fitted.declined_wrongly <= DECLINED
    assert fitted.auroc > 0.9
    assert fitted.declined_rightly > 0.5


def test_what_was_fitted_is_kept_with_the_index(filled, questions, encoder):
    fitted = calibrate(filled, read(questions))
    assert fitted.threshold != Judge.shipped().threshold
    again = Library(filled.settings, encoder)
    assert again.find("Where is a broken kettle brought to?").threshold == fitted.threshold
    judge = again.searcher().judge()
    assert (judge.fitted_at, judge.questions) == (fitted.fitted_at, fitted.questions)
    assert datetime.now(UTC) - datetime.fromisoformat(judge.fitted_at) < timedelta(minutes=10)
    again.close()


def test_documents_that_ask_for_themselves_never_raise_the_threshold(filled):
    assert calibrate(filled).threshold <= Judge.shipped().threshold


def test_without_documents_there_is_nothing_to_fit(library):
    with pytest.raises(BadInput, match="add documents"):
        calibrate(library)


def test_an_answer_tells_which_document_is_taken_out(filled, tmp_path):
    file = tmp_path / "answers.jsonl"
    file.write_text(json.dumps({"question": "When is a kettle repaired?", "answer": "within 4 days"}))
    fitted = calibrate(filled, read(file))
    assert fitted.questions == 2


@pytest.mark.parametrize(
    "line", ["no json", '{"text": "x"}', '{"question": 3}', '{"question": "x", "answerable": "no"}']
)
def test_a_damaged_line_is_named_by_its_number(tmp_path, line):
    file = tmp_path / "questions.jsonl"
    file.write_text('{"question": "Where?"}\n' + line)
    with pytest.raises(BadInput, match="line 2"):
        read(file)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        read(tmp_path / "none.jsonl")

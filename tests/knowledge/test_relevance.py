"""Questions that the passages answer are judged likelier than those that they do not."""

import pytest

from knowledge.ranking import read, weigh
from knowledge.relevance import Judge, read_signs

ANSWERED = [
    "How many weeks do parents take off after a birth?",
    "When is a doctor's note needed?",
    "How long can goods be returned?",
]
UNANSWERED = ["Who won the football cup in 1998?", "How is bread baked?", "What does a flight to Mars cost?"]


def signs(question, text="The depot opens at seven.", cosine=0.5):
    query = weigh(question, lambda word: 3, 1000)
    return read_signs(query, [cosine], [read(query, "", text)], agreed=True)


@pytest.mark.parametrize("question", ANSWERED)
def test_a_question_that_the_documents_answer_is_answerable(stocked, question):
    assert stocked.find(question).answerable


@pytest.mark.parametrize("question", UNANSWERED)
def test_a_question_of_another_subject_is_not(stocked, question):
    findings = stocked.find(question)
    assert findings.hits
    assert not findings.answerable


def test_an_empty_library_answers_nothing(library):
    findings = library.find("When does the depot open?")
    assert (findings.relevance, findings.answerable) == (0, False)


def test_a_nearer_passage_is_judged_likelier():
    judge = Judge.shipped()
    near, far = (judge.relevance(signs("When does the depot open?", cosine=c)) for c in (0.8, 0.2))
    assert 0 < far < near < 1


def test_a_number_that_stands_in_no_passage_counts_against_it():
    judge = Judge.shipped()
    there = signs("Did the depot open in 2019?", "The depot opened in 2019.")
    assert there["numbers_missing"] == 0
    missing = signs("Did the depot open in 2019?", "The depot opened in 1984.")
    assert missing["numbers_missing"] == 1
    assert judge.relevance(there | {"numbers_missing": 1.0}) < judge.relevance(there)


def test_what_a_calibration_writes_is_read_again():
    judge = Judge.shipped()
    fitted = Judge(judge.signs, 1.5, threshold=0.4, scale=2.0, fitted_at="2026-11-21T15:00:00+00:00", questions=80)
    assert judge.fitted(fitted.fact()) == fitted


def test_what_an_earlier_release_has_fitted_is_still_read():
    judge = Judge.shipped().fitted('{"intercept": 1.5, "threshold": 0.4, "scale": 2.0}')
    assert (judge.intercept, judge.threshold, judge.scale, judge.fitted_at) == (1.5, 0.4, 2.0, "")

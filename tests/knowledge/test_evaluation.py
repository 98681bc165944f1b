"""The search is measured over a set in BEIR's layout."""

import json

import pytest

from knowledge.errors import BadInput
from knowledge.evaluation import evaluate, evaluate_questions
from knowledge.settings import KnowledgeSettings


@pytest.fixture
def questions(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    facts = {"d1": "The depot opens at seven.", "d2": "Bicycles go into the cellar.", "d3": "Tea is free on Fridays."}
    rows = [json.dumps({"_id": name, "title": "", "text": text}) for name, text in facts.items()]
    (folder / "corpus.jsonl").write_text("\n".join(rows))
    asked = {"q1": "When does the depot open?", "q2": "Where do I put my bicycle?"}
    (folder / "queries.jsonl").write_text("\n".join(json.dumps({"_id": n, "text": t}) for n, t in asked.items()))
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t2\n")
    return folder


def test_a_set_that_is_easy_scores_one_in_every_part(settings, questions):
    scores = evaluate(settings, questions)
    assert set(scores) == {"hybrid", "dense", "fulltext", "hybrid without collapsing"}
    for part in scores.values():
        assert (part.ndcg_at_10, part.recall_at_5, part.mrr_at_10) == (1, 1, 1)
        assert part.ms_p95 > 0


def test_a_wrong_judgement_costs_points(settings, questions):
    (questions / "qrels.tsv").write_text("q1\td1\t1\nq2\td3\t1\n")
    dense = evaluate(settings, questions)["dense"]
    assert dense.mrr_at_10 < 1
    assert dense.ndcg_at_10 < 1


def test_the_home_that_is_in_use_is_not_touched(settings, questions):
    evaluate(settings, questions)
    assert not settings.home.exists()


def test_a_missing_file_is_named(settings, questions):
    (questions / "qrels.tsv").unlink()
    with pytest.raises(BadInput, match=r"qrels\.tsv"):
        evaluate(settings, questions)


def test_a_damaged_line_is_named_by_its_number(settings, questions):
    (questions / "corpus.jsonl").write_text('{"_id": "d1", "text": "x"}\nno json\n')
    with pytest.raises(BadInput, match="line 2"):
        evaluate(settings, questions)


def test_half_a_character_in_a_text_stops_nothing(tmp_path, questions):
    with (questions / "corpus.jsonl").open("a") as corpus:
        corpus.write('\n{"_id": "d4", "text": "Half \\ud800 a sign."}')
    assert evaluate(KnowledgeSettings(home=tmp_path / "home"), questions)["hybrid"].mrr_at_10 == 1


def test_judgements_may_lie_where_beir_puts_them(settings, questions):
    (questions / "qrels").mkdir()
    (questions / "qrels.tsv").rename(questions / "qrels" / "test.tsv")
    assert evaluate(settings, questions)["hybrid"].mrr_at_10 == 1


def test_a_file_of_questions_is_scored_by_answers_and_documents(library, handbook, tmp_path):
    library.add(handbook)
    rows = [
        {"question": "How long can goods be returned?", "answer": "37 days", "document": "Staff handbook"},
        {"question": "How many weeks do parents take off?", "answer": "99 weeks"},
        {"question": "Who won the football cup in 1998?", "answerable": False},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    scores = evaluate_questions(library, file).as_json()
    assert (scores["questions"], scores["answer_found"], scores["document_found"]) == (3, 0.5, 1)
    assert (scores["auroc"], scores["declined_wrongly"], scores["declined_rightly"]) == (1, 0, 1)
    assert scores["ms_p95"] > 0


def test_what_no_line_tells_is_not_scored(library, handbook, tmp_path):
    library.add(handbook)
    file = tmp_path / "questions.jsonl"
    file.write_text('{"question": "How long can goods be returned?", "answer": "37 days"}')
    scores = evaluate_questions(library, file)
    assert (scores.answer_found, scores.document_found, scores.auroc) == (1, None, None)

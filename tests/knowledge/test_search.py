"""The search puts words and vectors together, collapses what says the same, and follows what a question refers to."""

import pytest

from knowledge.search import Request

PAGES = {
    "leave.md": "# Parental leave\n\nParents take up to 26 weeks off after a birth, and keep their full pay.",
    "bikes.md": "# Bicycles\n\nBicycles go into the cellar, and are locked to the rail there.",
    "tea.md": "# Kitchen\n\nTea and coffee are free. The kitchen is cleaned at five.",
    "badges.md": "# Badges\n\nA lost badge is reported to the front desk, form ZX-81 is signed, and a new one made.",
    "depot.md": "# Depot\n\nThe depot opens at seven, and closes at four on Fridays.",
}


@pytest.fixture(scope="module")
def filled(shared, tmp_path_factory):
    add(shared, tmp_path_factory.mktemp("pages"), PAGES)
    return shared


def add(library, folder, pages):
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
        library.add(folder / name)


def test_the_passage_that_answers_comes_first_with_what_each_part_says_of_it(filled):
    best = filled.find("How many weeks off do parents get?").hits[0]
    assert "26 weeks" in best.passage.text
    assert (best.dense_rank, best.fulltext_rank) == (1, 1)
    assert best.fulltext_score > 0
    assert best.passage.similarity > 0.5
    assert best.rerank is None


def test_what_is_found_by_words_alone_has_its_cosine_too(filled):
    hit = filled.find("ZX-81", parts="fulltext").hits[0]
    assert hit.dense_rank is None
    assert hit.passage.similarity > 0


def test_scores_fall(filled):
    scores = [passage.score for passage in filled.search("Where do I put my bicycle?", k=5)]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)


def test_one_part_finds_without_the_other(filled):
    assert all(hit.fulltext_rank is None for hit in filled.find("When does the depot open?", parts="dense").hits)
    assert all(hit.dense_rank is None for hit in filled.find("When does the depot open?", parts="fulltext").hits)


def test_a_follow_up_finds_what_it_refers_to(filled):
    alone = filled.find("Is it paid?")
    after = filled.find("Is it paid?", earlier=["How long is parental leave?"])
    assert "26 weeks" in after.passages[0].text
    assert "parental leave" in after.question
    assert alone.question == "Is it paid?"


def test_near_duplicates_are_shown_once_and_other_numbers_twice(library, tmp_path):
    rule = "Whoever travels for the company books early, keeps the receipts and hands them in at the desk. "
    add(
        library,
        tmp_path,
        {
            "a.txt": rule + "Please ask the team.",
            "b.txt": rule + "Ask the team!",
            "c.txt": rule + "The limit is 40 euros.",
            "d.txt": rule + "The limit is 45 euros.",
        },
    )
    texts = [passage.text for passage in library.search("Who books travel for the company?", k=4)]
    assert sum("ask the team" in text.lower() for text in texts) == 1
    assert sum("40 euros" in text for text in texts) == sum("45 euros" in text for text in texts) == 1
    whole = library.searcher().find(Request("Who books travel for the company?", 4, collapsed=False))
    assert len(whole.hits) == 4


def test_the_search_can_be_kept_to_some_documents(filled):
    badges = next(document for document in filled.documents() if document.title == "Badges")
    found = filled.find("When does the depot open?", documents=[badges.id]).passages
    assert [passage.document_id for passage in found] == [badges.id]


def test_documents_left_out_are_as_if_they_were_not_there(filled):
    depot = next(document for document in filled.documents() if document.title == "Depot")
    findings = filled.searcher().find(Request("When does the depot open?", 5, without=frozenset([depot.id])))
    assert depot.id not in {passage.document_id for passage in findings.passages}
    assert len(findings.hits) == 4
    assert min(hit.dense_rank for hit in findings.hits) == 1


@pytest.mark.parametrize("question", ["", "   ", "?!"])
def test_a_question_of_nothing_does_not_fail(filled, question):
    assert filled.find(question).relevance < 0.5


def test_no_collection_means_no_passage(filled):
    assert filled.find("When does the depot open?", collections=[]).hits == ()
    assert filled.find("When does the depot open?", collections=["elsewhere"]).hits == ()

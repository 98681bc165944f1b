"""Words and vectors are added up; what the text of a passage shows is added to that."""

import pytest

from knowledge.ranking import bonus, fuse, read, together, weigh

COUNTS = {"refund": 3, "window": 10, "office": 200}


def query(question):
    return weigh(question, lambda word: COUNTS.get(word, 0), 1000)


def test_what_both_rankings_find_comes_before_what_one_finds():
    assert [name for name, _ in fuse([["a", "b"], ["c", "b"]])] == ["b", "a", "c"]


def test_scores_are_sums_of_reciprocal_ranks():
    assert dict(fuse([["a", "b"], ["b"]]))["b"] == pytest.approx(1 / 62 + 1 / 61)


def test_a_rare_word_weighs_more_than_a_common_one():
    weights = query("What is the refund window at the office?").weights
    assert weights["refund"] > weights["window"] > weights["offic"] > 0


def test_a_word_that_no_document_has_is_unknown():
    assert query("refund window").unknown == 0
    assert 0 < query("refund of zebras").unknown < 1


def test_numbers_and_names_of_a_question_are_known():
    asked = query("Did the office move to Berlin in 2019?")
    assert asked.numbers == {"2019"}
    assert asked.names == {"berlin"}


def test_a_passage_that_holds_the_words_in_one_sentence_is_better_than_one_that_scatters_them():
    asked = query("refund window")
    together_ = read(asked, "", "The refund window is long. Tea is free.")
    scattered = read(asked, "", "A refund is made by the office. Tea is free. The window is closed.")
    assert {"refund", "window"} <= together_.stems & scattered.stems
    assert together_.sentence > scattered.sentence
    assert bonus(together_) > bonus(scattered)


def test_words_side_by_side_as_in_the_question_count():
    asked = query("refund window")
    assert read(asked, "", "the refund window").neighbours == 1
    assert read(asked, "", "the window of a refund").neighbours == 0


def test_words_of_the_headings_above_a_passage_count_too():
    asked = query("refund window")
    assert read(asked, "Shop > Refund", "The window is wide.").words > read(asked, "Shop", "The window is wide.").words


def test_other_forms_of_a_word_are_found():
    assert read(query("refunds"), "", "We refunded it.").sentence == 1


def test_more_of_either_makes_more_of_the_score():
    asked = query("refund window")
    assert together(asked, 5, 0.5) > together(asked, 1, 0.5) > together(asked, 1, 0.4)


def test_a_question_without_words_is_weighed_as_nothing():
    assert read(query("?!"), "", "text").words == 0

"""Rankings are fused by their ranks; questions become full-text queries without syntax."""

import pytest

from knowledge.ranking import fuse, match_query


def test_what_both_rankings_find_comes_before_what_one_finds():
    assert [name for name, _ in fuse([["a", "b"], ["c", "b"]])] == ["b", "a", "c"]


def test_scores_are_sums_of_reciprocal_ranks():
    assert dict(fuse([["a", "b"], ["b"]]))["b"] == pytest.approx(1 / 62 + 1 / 61)


def test_words_that_say_nothing_are_left_out_of_a_query():
    assert match_query("What is the refund window?") == '"refund" OR "window"'


def test_a_question_of_nothing_but_stop_words_keeps_them():
    assert match_query("who is it") == '"who" OR "is" OR "it"'


def test_a_question_without_words_makes_no_query():
    assert match_query('?! "*" ()') == ""

"""Words are cut to stems, and stop words left out."""

import pytest

from knowledge.stems import stem, words


def test_words_that_say_nothing_are_left_out_of_a_question():
    assert words("What is the refund window?") == ["refund", "window"]


def test_a_question_of_nothing_but_stop_words_keeps_them():
    assert words("who is it") == ["who", "is", "it"]


def test_a_question_without_words_has_none():
    assert words('?! "*" ()') == []


@pytest.mark.parametrize(
    "forms", [("refund", "refunds", "refunded"), ("policy", "policies"), ("plan", "planned", "planning")]
)
def test_forms_of_one_word_have_one_stem(forms):
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize("word", ["28", "a1", "größe", "the"])
def test_numbers_short_words_and_words_of_other_alphabets_stay(word):
    assert stem(word) == word

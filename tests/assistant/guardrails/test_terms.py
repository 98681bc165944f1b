import numpy as np

from assistant.guardrails.terms import BUCKETS, count, read, weigh


def test_words_count_alone_and_in_pairs_whatever_their_case():
    assert list(read("Kill the Process").all()) == list(read("kill THE process").all())
    assert len(read("kill the process").all()) == 5


def test_the_words_of_a_part_are_those_that_start_in_it():
    text = "one two three four"
    assert sorted(read(text).within(4, 13)) == sorted(read("two three").all())


def test_a_letter_that_grows_when_it_is_made_small_moves_no_place():
    text = "İİİİ two"
    assert sorted(read(text).within(5, 8)) == sorted(read("two").all())


def test_an_empty_part_has_no_words():
    assert len(read("one two").within(3, 3)) == 0
    assert len(read("").all()) == 0


def test_values_have_unit_length():
    _, values = weigh(count(read("one one two").all()), np.ones(BUCKETS, np.float32))
    assert abs(float(np.linalg.norm(values)) - 1) < 1e-6

"""Passages that say the same are shown once; what differs in a number, a name or a "not" is shown twice."""

import pytest

from knowledge.duplicates import fingerprint, repeats

RULE = (
    "Whoever leaves the company hands in the badge, the laptop and the phone at the front desk on the last day, "
    "and signs the list that lies there. "
)


@pytest.fixture(scope="module")
def same(encoder):
    def same(first, second):
        vectors = encoder.encode([first, second])
        return repeats(fingerprint(first, vectors[0]), fingerprint(second, vectors[1]))

    return same


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Leave is 25 days a year.", "leave is  25 days a year"),
        ("Please contact the people team.", "Kindly contact the people team."),
        ("Ask the team for a form.", "Ask the team for the form."),
        ("The team signs the forms.", "The team signed the form."),
    ],
)
def test_signs_capitals_endings_and_small_words_make_no_difference(same, first, second):
    assert same(RULE + first, RULE + second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Leave is 25 days a year.", "Leave is 28 days a year."),
        ("Leave is twenty days a year.", "Leave is thirty days a year."),
        ("Ask Anna Berg for it.", "Ask Anna Holm for it."),
        ("Dogs are allowed.", "Dogs are not allowed."),
        ("You may take it home.", "You must take it home."),
        ("The report is due weekly.", "The report is due monthly."),
        ("It is handed in before noon.", "It is handed in after noon."),
        ("The sales team gets a car.", "The support team gets a car."),
        ("Travel costs up to 1.50 are paid.", "Travel costs up to 15.0 are paid."),
        ("Version v2 applies.", "Version v3 applies."),
        ("The fee is 40 €.", "The fee is 40 $."),
    ],
)
def test_a_number_a_name_or_a_word_of_weight_keeps_both(same, first, second):
    assert not same(RULE + first, RULE + second)
    assert not same(RULE + second, RULE + first)


def test_a_passage_whose_sentences_all_stand_in_a_better_one_is_left_out(same):
    whole = RULE + "Leave is 25 days a year. Tea is free."
    assert same("Tea is free. Leave is 25 days a year.", whole)
    assert not same(whole, "Tea is free. Leave is 25 days a year.")


def test_the_same_words_under_headings_of_other_countries_stay(encoder):
    vector = encoder.encode([RULE])[0]
    germany, france, again = (
        fingerprint(RULE, vector, h) for h in ("Leave > Germany", "Leave > France", "leave germany")
    )
    assert not repeats(france, germany)
    assert repeats(again, germany)

"""What the text of an answer tells."""

import pytest

from finetune.evaluation.texts import abstained, holds, last_number, overlap, repetition, variety, variety_of_each


@pytest.mark.parametrize(
    ("answer", "right", "score"),
    [
        ("Paris", ["paris"], 1.0),
        ("The Paris. [2]", ["Paris", "London"], 1.0),
        ("It is 28 days", ["28 days"], 2 / 3),
        ("No.", ["28 days"], 0.0),
        ("", ["28 days"], 0.0),
    ],
)
def test_the_overlap_is_the_token_f1_of_squad(answer, right, score):
    assert overlap(answer, right) == pytest.approx(score)


def test_an_abstention_is_known_by_its_sentence():
    assert abstained("the documents do not hold the answer to this.")
    assert not abstained("No.")


def test_what_was_said_before_is_repetition():
    assert repetition("one two three four five six seven") == 0
    assert repetition("again and again and " * 10) > 0.8
    assert repetition("short") == 0


def test_one_answer_for_everything_has_no_variety():
    assert variety(["No.", "no", "No!", "No"]) == 0
    assert variety(["Paris", "London", "Rome"]) == 1
    assert variety(["Paris", "Paris", "Rome"]) == 0.5


def test_abstentions_are_no_lack_of_variety():
    assert variety(["The documents do not hold the answer to this."] * 5) == 1


def test_each_answer_adds_its_part_to_the_variety():
    answers = ["Paris", "Paris", "Rome", "The documents do not hold the answer to this."]
    shares = variety_of_each(answers)
    assert set(shares) == {0, 1, 2}
    assert sum(shares.values()) / 3 == variety(answers) == 0.5


def test_an_answer_holds_the_right_one_as_whole_words():
    assert holds("It is the Blue Whale.", ["blue whale"])
    assert holds("11 players", ["11", "eleven"])
    assert not holds("Russian dolls", ["Russia"])
    assert not holds("", ["Paris"])


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("15", 15),
        ("8 + 7 = 15.", 15),
        ("It is 1,000 in all", 1000),
        ("12.5", 12.5),
        ("-3", -3),
        ("10-4", 4),
        ("18 euros (a saving of 25%)", 25),
        ("115 pages [1].", 115),
        ("fifteen", None),
    ],
)
def test_a_sum_ends_in_its_last_number(answer, number):
    assert last_number(answer) == number

"""What the text of an answer tells."""

import pytest

from finetune.evaluation.texts import abstained, overlap, repetition, variety


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

"""Code can tell whether an answer keeps to a form."""

import pytest

from finetune.evaluation.formats import CHECKS, keeps_to

CASES = [
    ("bullets", 2, "Here:\n- one\n* two", "- one\n- two\n- three"),
    ("numbered", 2, "1. one\n2) two", "1. one\n3. two"),
    ("json", ["a"], '```json\n{"a": 1}\n```', '{"a": 1, "b": 2}'),
    ("json", ["a"], '{"a": [1, 2]}', "a: 1"),
    ("capitals", True, "HELLO, WORLD 1", "Hello"),
    ("small", True, "hello, world", "Hello"),
    ("without", [","], "one and two", "one, two, three"),
    ("without", ["coffee"], "a hot dark drink", "Coffee is a drink"),
    ("contains", ["snow"], "The snow falls.", "It is snowing."),
    ("most_words", 2, "two words", "now three words"),
    ("least_words", 3, "now three words", "two words"),
    ("sentences", 2, "It rains. Is it cold?", "It rains."),
    ("begins", "Certainly", "certainly, do", "Yes, certainly"),
    ("ends", "Kind regards", "Thanks. Kind regards.", "Kind regards, Anna"),
    ("ends", '"', '"Yes."', '"Yes.'),
    ("one_of", ["Yes", "No"], "yes.", "Yes, it does."),
]


@pytest.mark.parametrize(("name", "value", "kept", "broken"), CASES)
def test_a_form_is_told_from_its_breach(name, value, kept, broken):
    assert keeps_to(kept, {name: value})
    assert not keeps_to(broken, {name: value})


def test_every_check_is_tried_here_and_none_is_passed_by_an_empty_answer():
    assert {name for name, *_ in CASES} == set(CHECKS)
    assert not any(keeps_to(" \n", {name: value}) for name, value, *_ in CASES)


def test_all_checks_of_an_instruction_must_hold():
    assert keeps_to("SNOW FALLS", {"capitals": True, "contains": ["snow"]})
    assert not keeps_to("RAIN FALLS", {"capitals": True, "contains": ["snow"]})

"""Instructions with their inputs, histories and answers become conversations."""

import pytest


def test_instruction_and_input_make_the_question(lines):
    (read,) = lines({"instruction": "Translate.", "input": "Haus", "output": "house", "system": "be brief"}).rows
    assert [one["content"] for one in read.prompt] == ["be brief", "Translate.\nHaus"]
    assert (read.answer, read.liked) == ("house", True)


def test_the_answers_of_the_history_are_learnt_as_well(lines):
    row = {"instruction": "c", "input": "", "output": "d", "history": [["a", "b"]]}
    assert [(read.answer, len(read.prompt)) for read in lines(row).rows] == [("b", 1), ("d", 3)]


def test_chosen_and_rejected_are_a_pair(lines):
    (read,) = lines({"instruction": "a", "chosen": "good", "rejected": "bad", "history": [["x", "y"]]}).rows
    assert (read.answer, read.correction, len(read.prompt)) == ("bad", "good", 3)


def test_a_tag_is_a_thumb(lines):
    (read,) = lines({"instruction": "a", "output": "b", "kto_tag": False}).rows
    assert not read.liked


def test_the_context_of_dolly_is_an_input(lines):
    (read,) = lines({"instruction": "Who?", "context": "Ada wrote it.", "response": "Ada", "category": "qa"}).rows
    assert read.prompt[0]["content"] == "Who?\nAda wrote it."


def test_each_instance_is_an_answer_of_its_own(lines):
    instances = [{"input": "1", "output": "one"}, {"input": "2", "output": "two"}]
    first, second = lines({"instruction": "Spell.", "instances": instances}).rows
    assert (first.prompt[0]["content"], second.answer, len(second.prompt)) == ("Spell.\n1", "two", 1)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"output": ""}, "the answer is empty"),
        ({"output": None}, "must be a list"),
        ({"instruction": " "}, "a message is empty"),
        ({"history": [["a"]]}, "pairs of a question and its answer"),
        ({"system": 3}, "system must be a text"),
        ({"images": ["a.png"]}, "pictures"),
    ],
)
def test_what_is_wrong_is_said(lines, change, complaint):
    (problem,) = lines({"instruction": "a", "output": "b"} | change).problems
    assert complaint in problem.text

"""Columns are told apart by their names, or by what is said of them."""

import pytest

from finetune.errors import BadInput
from finetune.formats import columns


@pytest.mark.parametrize(
    "header", ["question,answer", "Prompt,Response", "input,output", "Query , Reply", "user,assistant"]
)
def test_sensible_names_are_understood(file, header):
    (read,) = file("a.csv", f"{header}\nhi,hello\n").rows
    assert (read.prompt[0]["content"], read.answer, read.liked) == ("hi", "hello", True)


def test_thumbs_and_corrections_are_read(file):
    text = "question,answer,thumb,correction\na,b,👍,\nc,d,down,\ne,f,0,better\ng,h,,better\n"
    read = file("a.csv", text).rows
    assert [(row.rating, row.correction) for row in read] == [
        ("up", None),
        ("down", None),
        ("down", "better"),
        ("down", "better"),
    ]


def test_named_columns_are_read_and_others_are_not(file):
    named = columns.parse("prompt=frage,answer=antwort,rating=daumen,system=rolle,conversation=fall")
    text = "frage,antwort,daumen,rolle,fall,notiz\na,b,up,kurz,7,x\nc,d,down,kurz,7,y\n"
    first, second = file("a.csv", text, named).rows
    assert ([one["content"] for one in first.prompt], first.answer, first.rating) == (["kurz", "a"], "b", "up")
    assert first.conversation_id == second.conversation_id == "7"
    assert first.turn_id != second.turn_id


def test_two_answers_of_which_one_was_chosen_are_a_pair(file):
    (read,) = file("a.csv", "question,better,worse\na,good,bad\n").rows
    assert (read.answer, read.correction) == ("bad", "good")


def test_columns_serve_json_rows_and_numbers_as_well(lines):
    (read,) = lines({"question": "6 x 7?", "answer": 42, "id": 3}).rows
    assert read.answer == "42"


def test_a_column_that_is_not_there_is_refused_with_those_that_are(file):
    with pytest.raises(BadInput, match=r"no column 'frage'; there are question, answer"):
        file("a.csv", "question,answer\na,b\n", columns.parse("prompt=frage,answer=answer"))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("prompt", "KIND=COLUMN"),
        ("prompt=a,frage=b", "cannot be for 'frage': choose of prompt"),
        ("prompt=a,rating=b", "must name a prompt"),
    ],
)
def test_what_cannot_be_understood_is_refused(text, complaint):
    with pytest.raises(BadInput, match=complaint):
        columns.parse(text)

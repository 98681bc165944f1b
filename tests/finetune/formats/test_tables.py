"""Tables are read with the line that each row begins on, and their cells as they were written."""

import pytest

from finetune.errors import BadInput
from finetune.formats import tables
from finetune.formats.rows import Row


def test_rows_after_cells_with_line_breaks_keep_their_lines():
    text = 'question,answer\r\n"one\r\ntwo","a ""b"""\r\n\r\nthree,four\r\n'
    assert list(tables.read(text)) == [
        Row(2, {"question": "one\ntwo", "answer": 'a "b"'}),
        Row(5, {"question": "three", "answer": "four"}),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_in_the_first_line(delimiter):
    text = "\n".join(delimiter.join(cells) for cells in (("question", "answer"), ("a", "b")))
    assert list(tables.read(text)) == [Row(2, {"question": "a", "answer": "b"})]


def test_the_first_line_that_excel_puts_before_the_table_is_passed_over():
    assert list(tables.read("sep=;\nquestion;answer\na;b\n")) == [Row(3, {"question": "a", "answer": "b"})]


def test_too_many_cells_are_told_and_missing_ones_are_empty():
    many, few = tables.read("question,answer\na,b,c\nd\n")
    assert (many.line, "3 cells under 2 columns" in many.text) == (2, True)
    assert few == Row(3, {"question": "d", "answer": ""})


def test_a_quote_that_is_never_closed_is_told_where_it_was_opened():
    good, problem = tables.read('question,answer\na,b\nc,"d\ne,f\n')
    assert isinstance(good, Row)
    assert (problem.line, "never closed" in problem.text) == (3, True)


def test_two_columns_of_one_name_are_refused():
    with pytest.raises(BadInput, match="two columns are called 'answer'"):
        list(tables.read("answer,answer\na,b"))


def test_what_is_not_utf8_is_told_by_its_line():
    found = list(tables.read(b"question,answer\na,b\nc,\xe9\n".decode(errors="surrogateescape")))
    assert (found[1].line, "0xE9" in found[1].text) == (3, True)


def test_a_cell_longer_than_the_module_allows_by_itself_is_read():
    (row,) = tables.read("question,answer\na," + "b" * 200_000)
    assert len(row.cells["answer"]) == 200_000

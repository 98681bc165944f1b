"""JSON rows come with the line that each begins on, whatever way they are laid out."""

import json

import pytest

from finetune.formats import json_rows
from finetune.formats.rows import Problem, Row

ROWS = [{"a": "one\ntwo"}, {"a": "\u2028 ä 👍"}, {"a": [1, {"b": 2}]}]


def test_lines_keep_their_numbers_over_empty_ones_and_windows_ends():
    found = list(json_rows.read('\r\n{"a": 1}\r\n\r\n{"a": 2}\r\n'))
    assert found == [Row(2, {"a": 1}), Row(4, {"a": 2})]


def test_a_line_separator_within_a_text_ends_no_line():
    (found,) = json_rows.read(json.dumps(ROWS[1], ensure_ascii=False))
    assert found == Row(1, ROWS[1])


@pytest.mark.parametrize("indent", [None, 0, 2])
def test_an_array_over_many_lines_tells_where_each_row_begins(indent):
    text = "\n" + json.dumps(ROWS, indent=indent, ensure_ascii=False)
    found = list(json_rows.read(text))
    assert [row.cells for row in found] == ROWS
    begins = [text[: text.index(json.dumps(row, indent=indent, ensure_ascii=False)[:1], 2)] for row in ROWS[:1]]
    assert found[0].line == begins[0].count("\n") + 1
    if indent == 2:
        assert [row.line for row in found] == [3, 6, 9]


def test_objects_over_several_lines_need_no_array():
    found = list(json_rows.read("\n".join(json.dumps(row, indent=1) for row in ROWS)))
    assert [(row.line, row.cells) for row in found] == [(1, ROWS[0]), (4, ROWS[1]), (7, ROWS[2])]


def test_a_mistake_in_an_array_is_told_by_its_line_after_the_rows_before_it():
    first, problem = json_rows.read('[\n{"a": 1},\n{"a": 2\n]')
    assert first == Row(2, {"a": 1})
    assert (problem.line, "cannot be read before" in problem.text) == (4, True)


def test_a_missing_comma_and_something_after_the_end_are_told():
    assert "a comma" in list(json_rows.read('[{"a": 1}\n{"a": 2}]'))[-1].text
    assert "after the end" in list(json_rows.read('[{"a": 1}]\n{"a": 2}'))[-1].text


def test_what_is_not_utf8_is_told_with_its_byte_and_line():
    text = b'{"a": "ok"}\n{"a": "caf\xe9"}\n'.decode(errors="surrogateescape")
    good, bad = json_rows.read(text)
    assert isinstance(good, Row)
    assert bad == Problem(2, "the byte 0xE9 is not UTF-8: save the file as UTF-8")


def test_half_a_character_is_told_and_a_whole_one_read():
    bad, good = json_rows.read('{"a": "\\ud83d"}\n{"a": "\\ud83d\\udc4d"}')
    assert "half a character" in bad.text
    assert good.cells == {"a": "👍"}


@pytest.mark.parametrize("line", ["[" * 100_000, '{"a":' * 100_000, '{"a": ' + "1" * 10_000 + "}"])
def test_what_is_nested_too_deeply_or_too_long_a_number_is_told(line):
    *_, problem = json_rows.read('{"a": 1}\n' + line)
    assert (problem.line, "nested too deeply, or a number too long" in problem.text) == (2, True)

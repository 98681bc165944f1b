"""Data are read with the names of their fields beside each value."""

import json

import pytest

from knowledge.errors import UnreadableFile
from knowledge.loaders.formats import load


def test_nested_keys_are_written_whole():
    assert load("a.json", b'{"office": {"door": {"code": 4711}, "open": true}}').text == (
        "office.door.code: 4711\noffice.open: true"
    )


def test_records_become_numbered_rows_under_their_key():
    rooms = {"rooms": [{"name": "Blue", "price": 40}, {"name": "Red", "tags": ["big", "warm"]}], "owner": "Ada"}
    content = load("a.json", json.dumps(rooms).encode())
    assert content.text == "owner: Ada\n\nrooms\n\nname: Blue; price: 40\nname: Red; tags: big, warm"
    assert [(content.text[a.start : a.end], a.row) for a in content.anchors] == [
        ("name: Blue; price: 40", 1),
        ("name: Red; tags: big, warm", 2),
    ]
    assert content.sections[-1].headings == ("rooms",)


def test_broken_json_is_refused_with_its_line():
    with pytest.raises(UnreadableFile, match="line 3"):
        load("a.json", b'{\n"a": 1,\n"b" 2}')


def test_json_that_nests_without_end_is_refused():
    with pytest.raises(UnreadableFile, match="nested too deeply"):
        load("a.json", b"[" * 100_000)


def test_half_characters_are_replaced_so_that_they_can_be_stored():
    assert load("a.json", b'{"a": "x\\ud800y"}').text == "a: x\ufffdy"


def test_each_line_of_jsonl_is_a_paragraph_with_its_number_and_broken_ones_are_noted():
    content = load("a.jsonl", b'{"a": 1}\n\noops\n{"a": 2}\n')
    assert content.text == "a: 1\n\na: 2"
    assert [anchor.row for anchor in content.anchors] == [1, 4]
    assert "3" in content.notes[0]


def test_jsonl_that_is_broken_throughout_is_refused():
    with pytest.raises(UnreadableFile, match="line 1"):
        load("a.jsonl", b"oops\n")


def test_a_notebook_keeps_its_headings_its_code_and_what_it_printed():
    cells = [
        {"cell_type": "markdown", "source": ["# Sums\n", "Words."]},
        {"cell_type": "code", "source": "# no heading\n1 + 1", "outputs": [{"data": {"text/plain": ["2"]}}]},
    ]
    content = load("a.ipynb", json.dumps({"cells": cells}).encode())
    assert content.title == "Sums"
    assert [section.headings for section in content.sections] == [("Sums",)]
    assert content.text == "# Sums\nWords.\n\n```\n# no heading\n1 + 1\n```\n\n```\n2\n```"

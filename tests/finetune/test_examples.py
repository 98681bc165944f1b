"""Rated answers are written a line each; the package's own files are read line by line."""

import json

import pytest

from finetune import examples
from finetune.errors import BadInput


def test_every_rated_answer_is_a_line(tmp_path, rate):
    assert examples.write(tmp_path / "rated.jsonl", [rate(1, comment="a\u2028\n"), rate(2)]) == 2
    lines = (tmp_path / "rated.jsonl").read_text(encoding="utf-8").split("\n")
    assert [json.loads(line)["turn_id"] for line in lines if line] == ["t1", "t2"]


def test_objects_come_with_the_number_of_their_line(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"a": 1}\n\n{"a": 2}\n')
    assert examples.read_objects(tmp_path / "rows.jsonl") == [(1, {"a": 1}), (3, {"a": 2})]


@pytest.mark.parametrize(("line", "complaint"), [("{oops", "not JSON"), ("[]", "must be a JSON object")])
def test_a_line_that_is_no_object_is_refused_with_its_number(tmp_path, line, complaint):
    (tmp_path / "rows.jsonl").write_text(f"\n{line}\n")
    with pytest.raises(BadInput, match=rf"rows\.jsonl:2: .*{complaint}"):
        examples.read_objects(tmp_path / "rows.jsonl")

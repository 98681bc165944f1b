"""Rated answers survive a file, and bad rows are named by their line."""

import json

import pytest

from finetune import examples
from finetune.errors import BadInput


def test_what_is_written_is_read_again(tmp_path, rate):
    rows = [rate(1, correction="better", reasons=("too long",), comment="“so so”\u2028\n"), rate(2, rating="down")]
    assert examples.write(tmp_path / "rated.jsonl", rows) == 2
    assert examples.read(tmp_path / "rated.jsonl") == rows


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"rating": "good"}, "rating must be 'up' or 'down'"),
        ({"prompt": []}, "a prompt must be a list of messages"),
        ({"prompt": [{"role": "robot", "content": "hello"}]}, "a message needs a role"),
        ({"answer": " "}, "answer must be text"),
        ({"stars": 5}, "unknown key 'stars'"),
        ({"reasons": "long"}, "reasons must be a list"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(tmp_path, rate, change, complaint):
    path = tmp_path / "rated.jsonl"
    examples.write(path, [rate(1), rate(2)])
    good, other = path.read_text().splitlines()
    path.write_text(f"{good}\n\n{json.dumps(json.loads(other) | change)}\n")
    with pytest.raises(BadInput, match=rf"rated\.jsonl:3: {complaint}"):
        examples.read(path)


def test_a_line_that_is_not_json_is_refused_with_its_line(tmp_path):
    (tmp_path / "rated.jsonl").write_text("{oops\n")
    with pytest.raises(BadInput, match=r"rated\.jsonl:1: not JSON"):
        examples.read(tmp_path / "rated.jsonl")


def test_an_empty_file_and_a_missing_one_are_refused(tmp_path):
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(BadInput, match="no rated answers"):
        examples.read(tmp_path / "empty.jsonl")
    with pytest.raises(BadInput, match="cannot be read"):
        examples.read(tmp_path / "missing.jsonl")


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": [{"role": "user", "content": "hi"}], "completion": [{"role": "assistant", "content": "hello"}]},
        {"prompt": "hi", "completion": "hello"},
        {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]},
    ],
)
def test_instruction_rows_are_read_as_liked_answers(tmp_path, row):
    (tmp_path / "rows.jsonl").write_text(json.dumps(row))
    (read,) = examples.read(tmp_path / "rows.jsonl", demonstrations=True)
    assert (read.prompt[-1]["content"], read.answer, read.liked) == ("hi", "hello", True)


def test_every_answer_of_a_conversation_counts_and_they_stay_together(tmp_path):
    messages = [{"role": role, "content": f"{n}"} for n, role in enumerate(("user", "assistant", "user", "assistant"))]
    (tmp_path / "rows.jsonl").write_text(json.dumps({"messages": messages}))
    first, second = examples.read(tmp_path / "rows.jsonl", demonstrations=True)
    assert (first.answer, second.answer, len(second.prompt)) == ("1", "3", 3)
    assert first.conversation_id == second.conversation_id

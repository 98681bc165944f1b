"""The chat's own rated answers survive a file to the letter, and bad ones are named by their line."""

import json

import pytest

from finetune import examples
from finetune.errors import BadInput
from finetune.formats import dataset


def test_what_is_written_is_read_again(tmp_path, rate):
    rows = (rate(1, correction="better", reasons=("too long",), comment="“so so”\u2028\n"), rate(2, rating="down"))
    assert examples.write(tmp_path / "rated.jsonl", rows) == 2
    assert dataset.read_strict(tmp_path / "rated.jsonl").rows == rows


@pytest.mark.parametrize(
    "row",
    [
        {"instruction": "a", "output": "b", "history": [["c", "d"]], "system": "e"},
        {"prompt": "a", "chosen": "b", "rejected": "c"},
        {"question": "a", "answer": "b", "thumb": "👎", "correction": "c"},
    ],
)
def test_what_other_forms_are_read_as_is_written_and_read_again(tmp_path, lines, row):
    rows = lines(row).rows
    examples.write(tmp_path / "rated.jsonl", rows)
    assert dataset.read_strict(tmp_path / "rated.jsonl").rows == rows


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
        dataset.read_strict(path)


def test_a_line_that_is_not_json_is_refused_with_its_line(tmp_path):
    (tmp_path / "rated.jsonl").write_text("{oops\n")
    with pytest.raises(BadInput, match=r"rated\.jsonl:1: not JSON"):
        dataset.read_strict(tmp_path / "rated.jsonl")

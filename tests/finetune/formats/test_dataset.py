"""A dataset is read whole: what is right in it, and all that is wrong, by its line."""

import json
import random
from contextlib import suppress
from itertools import count, product

import pytest

from finetune.errors import BadInput
from finetune.formats import dataset

GOOD = {"prompt": "hi", "completion": "hello"}


def test_every_bad_row_is_told_with_its_line_and_the_others_are_read(lines):
    found = lines(GOOD, {"prompt": "hi", "completion": " "}, GOOD, {"prompt": "", "completion": "hello"}, [1])
    assert (found.usable, len(found.rows), found.lines) == (2, 2, (1, 3))
    assert [problem.line for problem in found.problems] == [2, 4, 5]
    assert "the answer is empty" in found.problems[0].text


def test_a_row_of_another_form_than_most_is_told(lines):
    found = lines({"instruction": "hi", "output": "hello"}, GOOD, GOOD)
    assert found.format == "prompt-completion"
    (problem,) = found.problems
    assert (problem.line, "'Alpaca'" in problem.text, "its own file" in problem.text) == (1, True, True)


def test_a_row_without_its_label_among_rows_with_one_is_told(lines):
    found = lines({**GOOD, "label": True}, {**GOOD, "label": False}, GOOD)
    assert [problem.line for problem in found.problems] == [3]


def test_unknown_keys_are_told_with_the_way_out(lines):
    (problem,) = lines({"frage": "hallo", "antwort": "guten Tag"}).problems
    assert "frage, antwort" in problem.text
    assert "--columns" in problem.text


def test_a_text_where_a_name_is_expected_is_cut_short(file):
    (problem,) = file("a.csv", "once upon a time there was a file without a header\nand it had rows\n").problems
    assert "once upon a time there w…" in problem.text


def test_reading_strictly_names_the_first_bad_line_and_how_many_more_there_are(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n\nnonsense\n{{}}\n")
    with pytest.raises(BadInput, match=r"rows\.jsonl:3: not JSON .* \(and 1 more; .*check rows\.jsonl"):
        dataset.read_strict(path)


def test_reading_strictly_gives_what_is_right(tmp_path):
    (tmp_path / "rows.jsonl").write_text(json.dumps(GOOD))
    assert dataset.read_strict(tmp_path / "rows.jsonl").rows[0].answer == "hello"


@pytest.mark.parametrize("content", ["", "\n\n", "[]", "\ufeff\n", "[\n]"])
def test_a_file_without_rows_is_refused(file, content):
    with pytest.raises(BadInput, match="holds no rated answers"):
        file("rows.jsonl", content)


def test_rows_of_an_array_on_one_line_are_told_apart(file):
    found = file("rows.json", json.dumps([GOOD, {"prompt": "hi", "completion": ""}, GOOD]))
    assert len({row.conversation_id for row in found.rows}) == 2
    assert found.problems[0].text.startswith("row 2: ")


def test_the_digest_names_the_file_as_it_lies_there(lines):
    first, second = lines(GOOD), lines(GOOD, GOOD)
    assert (len(first.digest), first.digest == second.digest) == (16, False)


@pytest.mark.parametrize("seed", range(40))
def test_rubbish_is_told_and_never_a_crash(tmp_path, seed):
    chance = random.Random(seed)
    rows = [
        json.dumps(row) for row in (GOOD, {"messages": [{"role": "user", "content": "a"}]}, {"conversations": [{}]})
    ]
    content = "\n".join(chance.choices(rows, k=6)).encode()
    kind = seed % 4
    if kind == 0:
        content = chance.randbytes(300)
    elif kind == 1:
        content = content[: chance.randrange(len(content))]
    elif kind == 2:
        spoilt = bytearray(content)
        for _ in range(8):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        content = bytes(spoilt)
    else:
        content = b"[" + content[: chance.randrange(len(content))]
    for name in ("a.jsonl", "a.json", "a.csv", "a.tsv", "a.jsonl.gz", "a.parquet"):
        (tmp_path / name).write_bytes(content)
        with suppress(BadInput):
            assert all("\n" not in problem.text for problem in dataset.read(tmp_path / name).problems)


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "?", "completion": "?", "label": "?"},
        {"prompt": "?", "chosen": "?", "rejected": "?"},
        {"chosen": "?", "rejected": "?"},
        {"messages": "?"},
        {"messages": [{"role": "?", "content": "?"}]},
        {"conversations": [{"from": "human", "value": "hi"}], "chosen": "?", "rejected": "?"},
        {"conversations": "?", "kto_tag": "?"},
        {"instruction": "?", "input": "?", "output": "?", "history": "?", "system": "?"},
        {"instruction": "hi", "instances": "?"},
        {"input": "?", "preferred_output": "?", "non_preferred_output": "?"},
        {"prompt": {"role": "prompter", "text": "hi", "replies": "?"}},
        {"prompt": {"role": "prompter", "text": "hi", "replies": [{"role": "assistant", "text": "?", "replies": "?"}]}},
        {"question": "?", "answer": "?", "rating": "?", "correction": "?", "conversation": "?"},
        {"turn_id": "?", "conversation_id": "?", "prompt": "?", "answer": "?", "rating": "up", "reasons": "?"},
        {"text": "?"},
    ],
)
def test_a_value_of_any_kind_in_any_place_is_told_and_never_a_crash(lines, row):
    values = (None, True, 3, 2.5, "x", "", [], [1], {}, {"a": 1}, [[]], [{}], [None], [["a", 1]])
    for value, only in product(values, (None, 0, 1, 2, 3)):
        found = lines(_filled(row, value, count(), only))
        assert found.usable + len(found.problems) == 1


def _filled(row, value, places, only):
    if row == "?":
        return value if only in (None, next(places)) else "text"
    if isinstance(row, dict):
        return {key: _filled(one, value, places, only) for key, one in row.items()}
    return [_filled(one, value, places, only) for one in row] if isinstance(row, list) else row

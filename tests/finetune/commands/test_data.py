"""`check` says what is in a dataset, what is wrong with it, and what it is enough for."""

import json

import pytest

from finetune import __main__ as command_line

BAD = {"prompt": "hi", "completion": ""}


@pytest.fixture
def check(settings, capsys, tmp_path):
    def call(rows, *arguments):
        path = tmp_path / "rows.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        status = command_line.main(["check", str(path), "--model", settings.model, *arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def good(number):
    return {"prompt": f"question {number}", "completion": f"short answer {number}"}


def test_a_good_dataset_is_told_in_figures(check):
    status, out, err = check([good(n) for n in range(40)])
    assert (status, err) == (0, "")
    assert "prompt-completion, 40 rows" in out
    assert "sft     enough: 40 good answers of 32 wanted" in out
    assert "dpo     too few: 0 pairs of 40 wanted" in out


def test_problems_are_told_by_line_and_beyond_twenty_by_their_number(check):
    status, out, err = check([good(0)] + [BAD] * 30)
    assert status == 2
    assert ("  line 2: the answer is empty" in out, out.count("  line "), "and 10 more lines" in out) == (
        True,
        20,
        True,
    )
    assert err == "error: 30 rows cannot be used: mend them, or write the others with --save FILE\n"


def test_for_machines_all_of_it_is_one_object(check):
    _, out, _ = check([good(0), *[BAD] * 30], "--json")
    told = json.loads(out)
    assert (told["card"]["rows"], len(told["problems"]), told["problems"][0]["line"]) == (1, 30, 2)
    assert told["methods"][0]["method"] == "sft"
    assert told["lengths"]["context"] == 4096


def test_what_is_right_is_written_as_rated_answers(check, tmp_path):
    status, _, _ = check([good(0), BAD, good(1)], "--save", str(tmp_path / "good.jsonl"))
    rows = [json.loads(line) for line in (tmp_path / "good.jsonl").read_text().splitlines()]
    assert (status, [row["answer"] for row in rows]) == (0, ["short answer 0", "short answer 1"])


def test_columns_are_named(check):
    status, out, _ = check([{"frage": "hallo", "antwort": "hello"}], "--columns", "prompt=frage,answer=antwort")
    assert (status, "columns prompt=frage, answer=antwort" in out) == (0, True)


@pytest.mark.parametrize(("method", "status"), [("sft", 0), ("dpo", 2), ("nonsense", 2)])
def test_a_method_that_lacks_data_fails(check, method, status):
    assert check([good(n) for n in range(40)], "--method", method)[0] == status


def test_what_a_method_lacks_is_said(check):
    _, _, err = check([good(n) | {"label": True} for n in range(40)], "--method", "kto")
    assert "too little for kto: 40 ratings of 40 wanted, and 5 of each kind are wanted (up 40, down 0)" in err


def test_rows_over_the_context_fail_with_their_line(check):
    status, out, err = check([good(0), {"prompt": "hi", "completion": "long " * 20_000}])
    assert (status, "  line 2: " in out, "1 rows are not for this model" in err) == (2, True, True)


def test_a_missing_model_is_no_reason_not_to_check(settings, capsys, tmp_path):
    (tmp_path / "rows.jsonl").write_text(json.dumps(good(0)))
    status = command_line.main(["check", str(tmp_path / "rows.jsonl"), "--model", str(tmp_path / "none")])
    assert (status, "tokens not counted: there is no model folder" in capsys.readouterr().out) == (0, True)


def test_documents_are_counted(settings, capsys, tmp_path):
    (tmp_path / "a.txt").write_text("one two three")
    assert command_line.main(["check", str(tmp_path)]) == 0
    assert "1 documents for pretraining, 3 words" in capsys.readouterr().out

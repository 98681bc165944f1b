"""The command line prints for people and machines, and tells errors in one line with the right exit status."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.__main__ import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path, capsys):
    """Run one command in this process; return its exit status, stdout and stderr."""

    def run(*arguments):
        try:
            status = main(["--home", str(tmp_path / "home"), *map(str, arguments)])
        except SystemExit as stopped:
            status = stopped.code
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_help_loads_nothing_heavy():
    code = (
        "import runpy, sys; sys.argv = ['x', '--help']\n"
        "try: runpy.run_module('knowledge', run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print([m for m in ('torch', 'chromadb', 'numpy', 'langchain_core') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_home_and_json_may_stand_before_or_after_the_command(capsys, tmp_path, handbook):
    for number, order in enumerate((["--home", "{}", "--json", "list"], ["list", "--json", "--home", "{}"])):
        home = tmp_path / str(number)
        assert main([argument.format(home) for argument in order]) == 0
        assert json.loads(capsys.readouterr().out) == []
        assert home.exists()


def test_documents_are_added_listed_searched_shown_and_removed(run, handbook):
    status, out, _ = run("add", handbook, "--collection", "staff", "--json")
    added = json.loads(out)[0]
    assert status == 0
    listed = json.loads(run("list", "--json")[1])
    assert listed == [added]
    assert set(added) == {"document_id", "title", "source", "collection", "state", "passages", "reason"}
    assert (added["source"], added["state"], added["reason"]) == (str(handbook), "ready", None)
    found = json.loads(run("search", "How long is parental leave?", "-k", 1, "--json")[1])
    assert [set(row) for row in found] == [{"passage_id", "document_id", "title", "location", "text", "score"}]
    assert found[0]["location"] == {"heading": "Leave > Parental leave"}
    shown = json.loads(run("show", added["document_id"], "--json")[1])
    assert all(shown["text"][p["start"] : p["end"]] == p["text"] for p in shown["contents"])
    assert run("remove", added["document_id"])[0] == 0
    assert run("list")[1] == ""


def test_where_one_document_is_not_there_none_is_removed(run, handbook):
    added = json.loads(run("add", handbook, "--json")[1])[0]["document_id"]
    assert run("remove", added, "nothing")[0] == 2
    assert len(json.loads(run("list", "--json")[1])) == 1
    assert run("remove", added, added)[:2] == (0, f"removed {added}\n")


def test_of_a_folder_every_file_is_told_of_but_for_hidden_ones(run, one_of_each, tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    for file in one_of_each:
        file.rename(folder / file.name)
    (folder / "program.bin").write_bytes(bytes(range(256)))
    (folder / ".hidden.md").write_text("secret")
    status, out, err = run("add", folder, "--json")
    rows = {row["source"].rpartition("/")[2]: row for row in json.loads(out)}
    assert (status, len(rows)) == (1, 6)
    assert rows["program.bin"]["state"] == "failed"
    assert rows["program.bin"]["reason"]
    assert "[6/6]" in err


def test_a_folder_is_kept_in_step(run, tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    for name in ("cats", "dogs"):
        (folder / f"{name}.md").write_text(f"# {name}\n\nAll {name} sleep in the hall.\n")
    run("add", folder, "--sync")
    (folder / "cats.md").unlink()
    counts = json.loads(run("add", folder, "--sync", "--json")[1])
    assert counts == {"files": 1, "read": 0, "moved": 0, "removed": 1, "failed": 0}
    assert [row["title"] for row in json.loads(run("list", "--json")[1])] == ["dogs"]
    (folder / "bad.pdf").write_bytes(b"no pdf")
    status, out, err = run("add", folder, "--sync", "--json")
    assert (status, json.loads(out)["failed"]) == (1, 1)
    assert "bad.pdf: bad.pdf cannot be read: it is damaged" in err


def test_a_shared_collection_is_seen_by_its_readers_alone(run, handbook):
    run("share", "board", "--owner", "anna", "--reader", "ben")
    run("add", handbook, "--collection", "board", "--user", "anna")
    question = "How long is parental leave?"
    assert json.loads(run("search", question, "--user", "ben", "--json")[1])
    assert json.loads(run("search", question, "--user", "carl", "--json")[1]) == []
    assert json.loads(run("collections", "--json")[1]) == [{"collection": "board", "owner": "anna", "readers": ["ben"]}]
    status, _, err = run("add", handbook, "--collection", "board", "--user", "carl")
    assert status == 2
    assert "ask its owner" in err


def test_one_bad_file_does_not_stop_the_others(run, handbook, tmp_path):
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"no pdf")
    status, out, err = run("add", bad, handbook, "--json")
    assert status == 1
    assert [row["state"] for row in json.loads(out)] == ["failed", "ready"]
    assert "[1/2]" in err
    reasons = {row["state"]: row["reason"] for row in json.loads(run("list", "--json")[1])}
    assert "damaged" in reasons["failed"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "missing.md"],
        ["add"],
        ["remove", "nothing"],
        ["show", "nothing"],
        ["search", ""],
        ["search", "x", "-k", "0"],
        ["evaluate", "missing"],
        ["unknown"],
    ],
)
def test_bad_input_is_told_in_one_line_with_exit_status_2(run, arguments):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert len(err.strip().split("\n")) == 1


def test_a_home_that_cannot_be_written_is_told_in_one_line(capsys, tmp_path):
    (tmp_path / "file").write_text("x")
    assert main(["list", "--home", str(tmp_path / "file")]) == 1
    assert len(capsys.readouterr().err.strip().split("\n")) == 1


def test_verify_says_that_nothing_is_wrong(run, handbook):
    run("add", handbook)
    status, out, _ = run("verify", "--json")
    assert (status, json.loads(out)["problems"]) == (0, [])


def test_a_search_prints_where_a_passage_stands(run, handbook):
    run("add", handbook)
    assert run("search", "refunds", "-k", "1")[1].startswith("1. Staff handbook, heading Refunds")


@pytest.mark.parametrize("command", [["verify"], ["reembed"], ["calibrate"], ["evaluate", "questions"]])
def test_what_concerns_everybodys_documents_is_no_users_to_do(run, command):
    status, out, err = run(*command, "--user", "anna")

    assert (status, out) == (2, "")
    assert err.endswith("is for whoever runs this machine: leave out --user\n")


def test_an_owner_shares_and_stays_the_owner(run):
    run("share", "board", "--owner", "anna", "--reader", "ben")
    assert run("share", "board", "--user", "anna", "--reader", "carl")[0] == 0

    status, _, err = run("share", "board", "--user", "carl", "--everyone")

    assert (status, "ask its owner" in err) == (2, True)
    assert json.loads(run("collections", "--json")[1]) == [
        {"collection": "board", "owner": "anna", "readers": ["carl"]}
    ]


def test_what_a_document_holds_gives_a_terminal_no_orders(run, tmp_path):
    file = tmp_path / "two\nlines.md"
    file.write_text("# Doors\n\nDoors are \x1b[31mred.\n", encoding="utf-8")
    _, out, err = run("add", file)
    assert (out.count("\n"), err.count("\n")) == (1, 1)
    assert len(run("list")[1].splitlines()) == 1
    for said in (out, run("search", "doors")[1]):
        assert "\x1b" not in said


def test_a_name_that_is_no_text_is_printed_as_json(run, tmp_path):
    status, out, _ = run("add", tmp_path / "caf\udce9.md", "--json")
    assert (status, json.loads(out)[0]["source"]) == (2, str(tmp_path / "caf\udce9.md"))

import io
import json

import pytest

from assistant.__main__ import main
from assistant.accounts.passwords import matches
from assistant.store.store import Store

PASSWORD = "correct horse battery"


@pytest.fixture
def run(tmp_path, capsys, monkeypatch):
    """Run a users command with what is typed on standard input; return its status and what it said."""

    def ran(*arguments, typed=PASSWORD):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed + "\n"))
        status = main(["users", *arguments, "--home", str(tmp_path)])
        said = capsys.readouterr()
        return status, said.out.strip(), said.err.strip()

    return ran


def test_a_user_is_added_with_a_password_from_standard_input_and_listed(run, tmp_path):
    assert run("add", "anna", "--role", "administrator")[:2] == (0, "anna may come in, as administrator")
    (row,) = json.loads(run("list", "--json")[1])
    assert (row["name"], row["role"], row["disabled"], row["by_password"]) == ("anna", "administrator", False, True)
    store = Store(tmp_path / "assistant.db")
    assert matches(PASSWORD, store.accounts.users.password("anna"))
    store.close()


def test_a_password_that_is_too_short_is_refused_in_one_line(run):
    status, said, told = run("add", "anna", typed="short")
    assert (status, said) == (2, "")
    assert told.startswith("assistant: a password has 12")
    assert run("list")[1].startswith("There are no users")


def test_a_user_without_a_password_here_signs_in_elsewhere(run):
    run("add", "carl", "--no-password")
    assert "no password here" in run("list")[1]


def test_a_role_is_changed_and_a_user_kept_out_and_let_in_again(run):
    run("add", "ben")
    assert json.loads(run("role", "ben", "reviewer", "--json")[1])["role"] == "reviewer"
    assert json.loads(run("disable", "ben", "--json")[1])["disabled"] is True
    assert json.loads(run("enable", "ben", "--json")[1])["disabled"] is False


def test_a_user_that_is_not_there_is_told_in_one_line(run):
    for command in (["remove", "ben"], ["role", "ben", "user"], ["password", "ben"], ["disable", "ben"]):
        status, _, told = run(*command)
        assert (status, told.count("\n")) == (2, 0)
        assert "no user of this name" in told


def test_who_removes_the_last_user_hears_that_the_page_is_open(run):
    run("add", "anna")
    assert run("remove", "anna")[2] == "that was the last user: on this machine the page is open now"


def test_a_password_is_changed(run, tmp_path):
    run("add", "anna")
    run("password", "anna", typed="another good password")
    store = Store(tmp_path / "assistant.db")
    assert matches("another good password", store.accounts.users.password("anna"))
    store.close()


def test_a_key_is_made_listed_without_its_text_and_revoked(run):
    run("add", "anna")
    made = json.loads(run("key", "add", "anna", "--scopes", "chat", "documents:read", "--days", "30", "--json")[1])
    assert made["key"].startswith(made["id"])
    listed = run("key", "list", "anna")[1]
    assert made["id"] in listed
    assert made["key"] not in listed
    assert run("key", "revoke", made["id"])[0] == 0
    assert run("key", "list", "anna")[1] == ""


def test_a_scope_that_is_not_there_names_those_that_are(run):
    run("add", "anna")
    status, _, told = run("key", "add", "anna", "--scopes", "all")
    assert status == 2
    assert "documents:write" in told


def test_the_home_may_stand_before_the_word_that_says_what_to_do(tmp_path, capsys):
    assert main(["users", "--home", str(tmp_path), "--json", "list"]) == 0
    assert json.loads(capsys.readouterr().out) == []

"""The command queue, as it is typed."""

import json

import pytest

from assistant.__main__ import main
from assistant.store.store import Store
from assistant.turns import Turn


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("APPRENTICE_HOME", raising=False)
    home = tmp_path / "home"
    store = Store(home / "assistant.db")
    conversation = store.add_conversation().id
    prompt = ({"role": "user", "content": "q"},)
    store.add_turn(Turn("t1", conversation, 0, "How long is it?", "25 days.", prompt=prompt))
    store.close()
    return home


@pytest.fixture
def run(home, capsys):
    """Run one command; gives the exit status, what it printed, and what it said on stderr."""

    def run(*arguments):
        status = main(["queue", *arguments, "--home", str(home)])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_unrated_answers_are_listed_and_rated(run):
    assert "25 days." in run()[1]
    [row] = json.loads(run("--json")[1])
    assert (row["turn_id"], row["score"], row["unsupported"]) == ("t1", None, 0.0)
    assert run("rate", "t1", "down", "--correction", "26 days.")[:2] == (0, "rated; thank you\n")
    assert run()[1] == "no answer waits for a rating\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rate", "t9", "up"), "no longer there"),
        (("--score",), "there is no reward adapter"),
        (("--most", "0"), "lists nothing"),
    ],
)
def test_what_cannot_be_exits_with_2_and_one_line(run, arguments, said):
    status, printed, told = run(*arguments)
    assert (status, printed, told.count("\n")) == (2, "", 1)
    assert said in told

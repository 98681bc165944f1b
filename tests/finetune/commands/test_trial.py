"""A trial from the command line."""

import json

import pytest

from finetune.__main__ import main
from finetune.registry import Card, Registry


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "trained"
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")
    registry = Registry(tmp_path / "home" / "adapters")
    for name in ("first", "second"):
        registry.add(name, folder, Card(base="embedded", method="kto"))
    return tmp_path / "home"


def run(home, *arguments):
    return main([*arguments, "--home", str(home)])


def test_a_trial_is_started_told_of_and_stopped(home, capsys):
    assert run(home, "trial", "first", "--share", "0.3") == 0
    assert (
        "first answers 30% of the people from the next answer on, the others the base model" in capsys.readouterr().out
    )
    assert run(home, "trial", "--status") == 0
    assert "first is on trial since" in capsys.readouterr().out
    assert run(home, "trial", "--stop") == 0
    assert "stays a candidate" in capsys.readouterr().out
    assert run(home, "trial", "--status", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["trial"] is None
    assert told["ended"]["how"] == "stopped"


def test_a_second_trial_is_refused_in_one_line(home, capsys):
    run(home, "trial", "first")
    assert run(home, "trial", "second") == 2
    assert capsys.readouterr().err.startswith("error: first is on trial")


def test_a_trial_needs_a_name(home, capsys):
    assert run(home, "trial") == 2
    assert "name the adapter" in capsys.readouterr().err


def test_what_is_flagged_is_promoted_only_by_force(home, capsys):
    registry = Registry(home / "adapters")
    registry.flag("first", "it swears")
    assert run(home, "promote", "first") == 2
    assert "flagged (it swears): `promote first --force`" in capsys.readouterr().err
    assert run(home, "promote", "first", "--force") == 0
    assert registry.active().name == "first"

"""The command line says in one line what is wrong, and prints for machines where asked."""

import importlib.util
import json
import subprocess
import sys
import time

import pytest

from finetune import __main__ as command_line
from finetune import examples, jobs, preferences, recipe, sft
from finetune.registry import Card, Registry

SHORT = recipe.parse({"method": "sft", "training": {"max_steps": 2}})


@pytest.fixture
def run(settings, capsys):
    def call(*arguments):
        status = command_line.main([*arguments, "--home", str(settings.home), "--model", settings.model])
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


@pytest.fixture
def adapter(settings, tmp_path):
    (tmp_path / "trained").mkdir()
    (tmp_path / "trained" / "adapter_config.json").write_text("{}")
    return Registry(settings.adapters_dir).add("short", tmp_path / "trained", Card(base=settings.model, method="kto"))


def test_a_run_prints_its_verdict_and_show_its_card(run, settings, tmp_path, ratings):
    examples.write(tmp_path / "rated.jsonl", ratings)
    recipe = 'method = "sft"\nmust_gain = 1.0\n[training]\nmax_steps = 2\n'
    (tmp_path / "recipe.toml").write_text(recipe)
    status, out, _ = run(
        "sft", str(tmp_path / "rated.jsonl"), "--name", "good", "--recipe", str(tmp_path / "recipe.toml"), "--json"
    )
    assert status == 0
    assert json.loads(out)["passed"] is False
    _, out, _ = run("show", "good", "--json")
    card = json.loads(out)
    assert (card["state"], card["method"], card["base"]) == ("refused", "sft", settings.model)
    assert set(card["scores"]) == {"base", "current", "candidate"}
    assert card["decision"]["passed"] is False


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("kto", "missing.jsonl", "--name", "a"), "cannot be read"),
        (("kto", "missing.jsonl", "--name", "../a"), "cannot name an adapter"),
        (("show", "nothing"), "there is no adapter nothing"),
        (("rollback",), "nothing to roll back"),
        (("promote", "nothing"), "there is no adapter nothing"),
    ],
)
def test_bad_input_is_one_line_and_status_2(run, arguments, complaint):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert complaint in err
    assert len(err.splitlines()) == 1


def test_too_few_ratings_say_what_is_missing(run, tmp_path, ratings):
    examples.write(tmp_path / "rated.jsonl", ratings[:4])
    status, _, err = run("auto", str(tmp_path / "rated.jsonl"), "--name", "a")
    assert status == 2
    assert "36 more ratings" in err


def test_promote_and_rollback_change_what_serves(run, adapter):
    assert json.loads(run("promote", "short", "--json")[1]) == {"serving": "short"}
    assert json.loads(run("list", "--json")[1])[0]["state"] == "serving"
    assert json.loads(run("rollback", "--json")[1]) == {"serving": None}


def test_runs_are_listed_and_one_that_ended_stays_ended_when_stopped(run, settings):
    with jobs.record(settings, "short", "kto") as diary:
        diary.close(None)
    assert json.loads(run("runs", "--json")[1])[0]["state"] == "done"
    assert json.loads(run("stop", "short", "--json")[1])["state"] == "done"


def test_evaluate_scores_the_base_on_the_sets(run):
    status, out, _ = run("evaluate", "--json")
    assert status == 0
    assert json.loads(out)["comparisons"] == 0
    assert 0 < json.loads(out)["general"] < 1


def test_an_adapter_is_set_against_the_base_on_ratings_in_a_sheet(run, settings, tmp_path, ratings):
    trained = sft.train(settings, SHORT, preferences.demonstrations(ratings[:10]), tmp_path / "run", lambda step: None)
    Registry(settings.adapters_dir).add("good", trained, Card(base=settings.model, method="sft"))
    examples.write(tmp_path / "rated.jsonl", ratings[10:])
    given = ("good", "--ratings", str(tmp_path / "rated.jsonl"), "--sheet", str(tmp_path / "sheet"))
    status, out, err = run("evaluate", *given, "--json")
    assert status == 0
    assert "sheet.html shows good" in err
    scores = json.loads(out)
    assert scores["comparisons"] == 25
    low, high = scores["intervals"]["preference"]
    assert low <= scores["preference"] <= high
    kept = json.loads((tmp_path / "sheet" / "sheet.json").read_text())
    assert kept["scores"]["candidate"]["preference"] == scores["preference"]
    assert set(kept["intervals"]) == {"base", "current", "candidate", "change"}


def test_a_sheet_of_the_base_alone_is_refused(run, tmp_path):
    status, _, err = run("evaluate", "--sheet", str(tmp_path))
    assert status == 2
    assert "name one" in err


@pytest.mark.skipif(importlib.util.find_spec("lm_eval") is not None, reason="the harness is installed here")
def test_public_benchmarks_without_their_library_are_one_line_that_says_what_to_install(run):
    status, out, err = run("evaluate", "--tasks", "mmlu,arc_easy")
    assert (status, out) == (2, "")
    assert "pip install lm-eval" in err
    assert len(err.splitlines()) == 1


def test_help_is_there_in_an_instant():
    times = []
    for _ in range(3):
        start = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "finetune", "--help"], capture_output=True, text=True, check=True)
        times.append(time.perf_counter() - start)
    assert "rollback" in done.stdout
    heavy = (
        "import sys, finetune.__main__ as m; m._parser(); print([x for x in ('torch', 'pydantic') if x in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
    assert min(times) < 1.5


def test_what_would_be_sent_is_said_and_without_yes_nothing_is(run, adapter):
    status, out, _ = run("push", "short", "company/short", "--json")
    told = json.loads(out)
    assert (status, told["sent"], told["private"]) == (0, False, True)
    assert set(told["files"]) == {"README.md", "adapter_config.json"}
    assert (
        "add --yes to send these 2 files to the private repository company/short"
        in run("push", "short", "company/short")[1]
    )

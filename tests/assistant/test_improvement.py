from dataclasses import replace

import pytest

from assistant import settings
from assistant.feedback import rated_answers
from assistant.improvement import improve
from assistant.turns import Message, Rating, Turn
from finetune import jobs
from finetune.errors import NotEnoughData
from finetune.formats.dataset import read_strict

RECIPE = 'method = "kto"\npromote = false\n[training]\nmax_steps = 1\n'


@pytest.fixture
def home(tmp_path, tiny_model):
    return settings.load(home=tmp_path / "home", model=str(tiny_model))


def rate(store, up, down):
    for number in range(up + down):
        conversation = store.add_conversation().id
        prompt = (Message(role="user", content=f"question {number}"),)
        store.add_turn(Turn(f"t{number}", conversation, 0, "?", f"answer {number}", prompt=prompt))
        store.rate(f"t{number}", Rating("up" if number < up else "down"))


def test_too_few_ratings_are_told_with_how_many_are_missing_and_start_nothing(store, home):
    rate(store, 3, 1)
    with pytest.raises(NotEnoughData, match="36 more ratings"):
        improve(home, store)
    assert not home.finetune.runs_dir.exists()


def test_without_any_rating_it_says_so(store, home):
    with pytest.raises(NotEnoughData):
        improve(home, store)


def test_a_run_is_started_on_all_ratings_in_a_process_of_its_own(store, home, tmp_path):
    rate(store, 20, 20)
    (tmp_path / "recipe.toml").write_text(RECIPE)
    run = improve(home, store, recipe=tmp_path / "recipe.toml")
    try:
        assert run.method == "kto"
        assert run.name.startswith("kto-")
        assert list(read_strict(home.finetune.runs_dir / f"{run.name}.jsonl").rows) == rated_answers(store)
        assert [found.name for found in jobs.all_runs(home.finetune)] == [run.name]
    finally:
        stopped = jobs.stop(run)
    assert not stopped.on


def test_the_method_asked_for_is_the_one_that_is_run(store, home):
    rate(store, 2, 2)
    run = improve(replace(home), store, method="sft")
    try:
        assert run.method == "sft"
    finally:
        jobs.stop(run)

import gzip
from dataclasses import replace

import pytest

import finetune.errors
from assistant import settings
from assistant.errors import BadInput
from assistant.feedback import rated_answers
from assistant.improvement import improve, on_ratings, train
from assistant.turns import Message, Rating, Turn
from finetune import jobs, locks, runs
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
        assert [found.name for found in runs.all_runs(home.finetune)] == [run.name]
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


def test_a_run_on_a_file_keeps_a_copy_of_it_apart_from_the_ratings(home, tmp_path):
    file = tmp_path / "Rows.JSONL"
    file.write_text('{"prompt": "Why?", "completion": "So."}\n')
    run = train(home, file, method="sft")
    jobs.stop(run)
    assert (home.home / "datasets" / f"{run.name}.jsonl").read_text() == file.read_text()
    assert not on_ratings(home.finetune, run)


def test_a_packed_file_keeps_both_its_endings(home, tmp_path):
    file = tmp_path / "rows.of.mine.JSONL.gz"
    file.write_bytes(gzip.compress(b'{"prompt": "Why?", "completion": "So."}\n'))
    run = train(home, file, method="sft")
    jobs.stop(run)
    assert (home.home / "datasets" / f"{run.name}.jsonl.gz").read_bytes() == file.read_bytes()


def test_the_text_of_a_recipe_is_checked_and_given_to_the_run(store, home):
    rate(store, 20, 20)
    run = improve(home, store, method="kto", recipe=RECIPE)
    jobs.stop(run)
    assert on_ratings(home.finetune, run)
    assert (home.finetune.runs_dir / f"{run.name}.toml").read_text() == RECIPE


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("method = ", "the recipe is not TOML"),
        ('method = "kto"\nsede = 3', "unknown key 'sede'"),
        ('method = "dpo"', "this is a recipe for dpo, not for kto"),
    ],
)
def test_a_wrong_recipe_is_told_in_one_line_and_starts_nothing(store, home, text, told):
    rate(store, 2, 2)
    with pytest.raises((BadInput, finetune.errors.BadInput), match=told) as error:
        improve(home, store, method="kto", recipe=text)
    assert "\n" not in str(error.value)
    assert not home.finetune.runs_dir.exists()


def test_where_there_is_no_room_beside_the_chat_nothing_is_started(store, home):
    rate(store, 2, 2)
    full = replace(home, finetune=home.finetune.model_copy(update={"reserve": 1e9}))
    with pytest.raises(finetune.errors.NoRoom, match="are the chat's"):
        improve(full, store, method="sft")
    assert not home.finetune.runs_dir.exists()


def test_a_run_that_cannot_be_started_leaves_no_dataset_behind(store, home):
    rate(store, 2, 2)
    with locks.lock(home.finetune), pytest.raises(finetune.errors.BadInput, match="another run is on"):
        improve(home, store, method="kto", recipe=RECIPE)
    assert list(home.finetune.runs_dir.glob("*.*l")) == []

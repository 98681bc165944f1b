"""When a run is due, and that it is started once; the clock is handed in."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path

import pytest

from assistant import scheduling, settings
from assistant.scheduling import Due, Schedule, due, looked, within
from assistant.settings import ImproveSettings
from assistant.turns import Message, Rating, Turn
from finetune import jobs, runs
from finetune.runs import Diary, Run

HERE = timezone(timedelta(hours=2))
NIGHT = datetime(2026, 3, 10, 2, 0, tzinfo=HERE)
NOON = NIGHT.replace(hour=12)
RULE = ImproveSettings(on=True, ratings=3)


def ratings(count, at=NIGHT - timedelta(hours=8)):
    return [at + timedelta(seconds=number) for number in range(count)]


def run(state, *, days=2.0, name="kto-1", ended=None):
    started = (NIGHT - timedelta(days=days)).astimezone(UTC).isoformat()
    return Run(name=name, path=Path(name), method="kto", state=state, started=started, ended=ended)


def test_enough_ratings_at_night_start_a_run():
    assert due(NIGHT, ratings(3), [], RULE) == Due(True, "3 of 3 new ratings")


def test_it_is_off_unless_it_is_switched_on():
    assert due(NIGHT, ratings(300), [], ImproveSettings(ratings=3)) == Due(False, "it is off")


def test_too_few_ratings_are_told_with_how_many_there_are():
    assert due(NIGHT, ratings(2), [], RULE) == Due(False, "2 of 3 new ratings")


def test_by_day_it_waits_for_the_night():
    assert due(NOON, ratings(3), [], RULE) == Due(False, "3 of 3 new ratings; waits for 01:00")


def test_while_a_run_is_on_none_is_started():
    found = due(NIGHT, ratings(300), [run("done"), run("training", days=0.01, name="dpo-2")], RULE)
    assert found == Due(False, "the run dpo-2 is on")


def test_what_the_last_finished_run_learnt_is_not_new():
    old = ratings(50, NIGHT - timedelta(days=3))
    assert due(NIGHT, old + ratings(2), [run("done")], RULE) == Due(False, "2 of 3 new ratings")
    assert due(NIGHT, old + ratings(3), [run("done")], RULE).start


def test_a_gate_that_stayed_closed_does_not_make_the_same_ratings_new_again():
    assert due(NIGHT, ratings(50, NIGHT - timedelta(days=3)), [run("done")], RULE).why == "0 of 3 new ratings"


@pytest.mark.parametrize("state", ["failed", "stopped"])
def test_after_a_run_that_came_to_nothing_the_same_ratings_wait_for_a_day(state):
    ended = (NIGHT - timedelta(hours=1)).astimezone(UTC).isoformat()
    found = due(NIGHT, ratings(9), [run(state, days=0.1, ended=ended)], RULE)
    assert found == Due(False, f"9 of 3 new ratings; the run kto-1 {state}, the next is from 11 Mar 01:00 on")
    assert due(NIGHT + timedelta(days=1), ratings(9), [run(state, days=0.1, ended=ended)], RULE).start


def test_a_run_that_died_without_a_word_has_its_pause_from_its_beginning_on():
    assert not due(NIGHT, ratings(9), [run("failed", days=0.9)], RULE).start
    assert due(NIGHT, ratings(9), [run("failed", days=1.1)], RULE).start


@pytest.mark.parametrize(
    ("since", "until", "at", "inside"),
    [
        ("01:00", "05:00", "01:00", True),
        ("01:00", "05:00", "04:59", True),
        ("01:00", "05:00", "05:00", False),
        ("01:00", "05:00", "00:59", False),
        ("22:00", "05:00", "23:30", True),
        ("22:00", "05:00", "00:00", True),
        ("22:00", "05:00", "12:00", False),
        ("00:00", "00:00", "12:00", True),
    ],
)
def test_the_hours_may_go_over_midnight(since, until, at, inside):
    rule = ImproveSettings(**{"from": since}, until=until)
    assert within(datetime.combine(NIGHT.date(), time.fromisoformat(at), HERE), rule) is inside


# The thread that looks


@pytest.fixture
def home(store, tmp_path, tiny_model):
    """A home with ratings enough."""
    loaded = settings.load(home=tmp_path / "home", model=str(tiny_model))
    for number in range(40):
        conversation = store.add_conversation().id
        prompt = (Message(role="user", content=f"question {number}"),)
        store.add_turn(Turn(f"t{number}", conversation, 0, "?", f"answer {number}", prompt=prompt))
        store.rate(f"t{number}", Rating("up" if number % 2 else "down"))
    return replace(loaded, improve=ImproveSettings(on=True, ratings=40))


@pytest.fixture
def tonight():
    return datetime.now(HERE).replace(hour=2) + timedelta(days=1)


def noted(store):
    return [row.rule for row in store.audit.rows() if row.rule and "schedule" in row.rule]


def test_a_look_starts_a_run_once_and_writes_it_into_the_audit_log(store, home, tonight):
    schedule = Schedule(home, store)
    found = schedule.look(tonight)
    (started,) = runs.all_runs(home.finetune)
    try:
        assert found == Due(True, "40 of 40 new ratings")
        assert noted(store) == [f"run started by the schedule: {started.name} (40 of 40 new ratings)"]
        assert looked(home).run == started.name
        assert schedule.look(tonight) == Due(False, f"the run {started.name} is on")
    finally:
        jobs.stop(started)
    schedule.look(tonight)
    assert len(runs.all_runs(home.finetune)) == 1
    assert (looked(home).run, "stopped, the next is from" in looked(home).why) == (started.name, True)


def test_ratings_that_suit_no_method_start_nothing(store, home, tonight):
    for number in range(30):
        store.rate(f"t{number}", None)
    few = replace(home, improve=ImproveSettings(on=True, ratings=10))
    found = Schedule(few, store).look(tonight)
    assert (found.start, found.why) == (False, looked(home).why)
    assert "too few ratings to learn from" in found.why
    assert runs.all_runs(home.finetune) == []
    assert list(home.finetune.runs_dir.glob("*.jsonl")) == []
    assert noted(store) == []


def test_what_cannot_be_logged_is_not_started(store, home, tonight):
    store.audit.begin_anew(None)
    home.home.joinpath("audit.key").unlink()
    assert not Schedule(home, store).look(tonight).start
    assert runs.all_runs(home.finetune) == []
    assert list(home.finetune.runs_dir.glob("*.jsonl")) == []


def test_of_two_processes_of_one_home_one_looks(store, home, monkeypatch):
    monkeypatch.setattr(scheduling, "LOOK", 0.01)
    asleep = replace(home, improve=ImproveSettings(on=True, ratings=1000))
    stop, seen = threading.Event(), ([], [])

    def clock(who):
        def now():
            seen[who].append(1)
            if len(seen[who]) == 3:
                stop.set()
            return NIGHT

        return now

    threads = [threading.Thread(target=Schedule(asleep, store).keep, args=(stop, clock(who))) for who in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert sorted(map(len, seen)) == [0, 3]


def test_runs_on_files_count_neither_as_learnt_nor_as_failed(store, home, tonight):
    folder = home.finetune.runs_dir / "from-a-file"
    folder.mkdir(parents=True)
    now = datetime.now(UTC).isoformat()
    Diary(Run(name="from-a-file", path=folder, method="kto", started=now)).change(state="failed", ended=now)
    found = Schedule(replace(home, improve=ImproveSettings(on=True, ratings=41)), store).look(tonight)
    assert found == Due(False, "40 of 41 new ratings")

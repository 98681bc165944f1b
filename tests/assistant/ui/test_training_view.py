from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.scheduling import Looked
from assistant.settings import ImproveSettings
from assistant.ui import training_view as view
from finetune.gate import Decision, Scores
from finetune.recipe import METHODS
from finetune.registry import Adapter, Card
from finetune.runs import Run
from finetune.training import Step

EVIL = "<img src=x onerror=alert(1)>"
SCORES = Scores(preference=0.5, grounded=0.6, refusals=0.7, general=0.4, variety=1.0, comparisons=8)
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
RUN = Run(
    "kto-1",
    Path("runs/kto-1"),
    "kto",
    "training",
    3,
    12,
    (Step(3, 12, 0.512345),),
    {"margin": 0.25, "tokens_per_second": 1234.5, "memory_gb": 2.04, "seconds_left": 200.0},
    started=(NOW - timedelta(minutes=5)).isoformat(),
)


def test_a_run_shows_its_step_its_loss_and_the_time_that_is_left():
    shown = view.run(RUN, NOW)
    assert "step 3 of 12 · loss 0.512 · for 5 min · about 3 min left" in shown
    assert "value='0.250'" in shown
    assert "left" not in view.run(replace(RUN, state="done", ended=NOW.isoformat()), NOW)


def test_a_run_shows_how_fast_it_is_and_how_much_memory_it_takes():
    shown = view.run(RUN, NOW)
    for figure in ("1,234", "tokens a second", "2.0", "GB of memory", "0.250", "reward margin"):
        assert figure in shown


def test_a_run_that_failed_shows_why_and_the_end_of_its_log_and_nothing_of_it_is_html():
    failed = replace(RUN, state="failed", error=EVIL)
    shown = view.run(failed, NOW, f"Traceback {EVIL}")
    assert "Traceback &lt;img" in shown
    assert "<img" not in shown
    assert "<pre>" not in view.run(failed, NOW, "")


def test_a_run_that_has_not_begun_and_none_at_all_can_be_shown():
    assert "step 0 of …" in view.run(Run("kto-1", Path("runs/kto-1"), "kto"), NOW)
    assert "No run yet" in view.run(None, NOW)
    assert "No run yet" in view.runs([], NOW)


def test_runs_are_listed_the_latest_first_with_state_method_duration_and_verdict():
    judged = Decision(True, (), SCORES, SCORES, SCORES)
    done = replace(RUN, name="dpo-1", method="dpo", state="done", ended=NOW.isoformat(), decision=judged)
    shown = view.runs([done, RUN], NOW + timedelta(hours=3))
    assert shown.index("kto-1") < shown.index("dpo-1")
    assert all(word in shown for word in ("training", "3 h 5 min", "done", "5 min", "passed", "3/12"))


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (89, "89 s"), (90, "2 min"), (5340, "89 min"), (5400, "1 h 30 min")]
)
def test_durations_are_said_as_people_say_them(seconds, said):
    assert view.duration(seconds) == said


def test_every_method_of_the_recipes_can_be_chosen():
    assert [value for _, value in view.method_choices()] == ["auto", *METHODS]


def test_adapters_are_listed_the_latest_first():
    made = [Adapter(f"kto-{n}", Path("x"), "candidate", Card("embedded", "kto", f"2026-01-0{n}T00:00")) for n in (1, 2)]
    shown = view.adapters(made)
    assert shown.index("kto-2") < shown.index("kto-1")
    assert "base model serves" in view.adapters([])


def test_the_schedule_tells_when_it_last_started_and_why_it_does_not_now():
    last = Looked("2026-03-10T12:00:00+02:00", "137 of 200 new ratings", "kto-7", "2026-03-01T01:00:00+02:00")
    shown = view.schedule(ImproveSettings(on=True), last)
    assert "at 200 new ratings, between 01:00 and 05:00" in shown
    assert "137 of 200 new ratings" in shown
    assert "Last started so: kto-7, 2026-03-01 01:00" in shown


def test_a_schedule_that_is_off_says_how_it_is_switched_on():
    assert "<code>on = true</code>" in view.schedule(ImproveSettings(), Looked())

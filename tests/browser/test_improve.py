"""The Improve tab as a training page, in a real browser: runs written down as a run writes them, and one real one."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from assistant.turns import Message, Rating, Turn
from finetune import locks
from finetune.gate import Decision, Scores
from finetune.runs import Diary, Run
from finetune.training import Progress, Step
from tests.browser.conftest import Desk

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]

SCORES = Scores(preference=0.5, grounded=0.61, refusals=0.7, general=0.4, variety=1.0, comparisons=8)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option", name=re.compile(option)).click()


@contextmanager
def run(desk: Desk, name: str) -> Iterator[Diary]:
    """Be a run that is on, as far as its folder and the lock tell."""
    settings = desk.assistant.settings.finetune
    with locks.lock(settings) as lock:
        folder = settings.runs_dir / name
        folder.mkdir(parents=True)
        locks.name_holder(lock, name, os.getpid())
        yield Diary(Run(name=name, path=folder, method="dpo", started=datetime.now(UTC).isoformat()))


def step(number: int, *, of: int = 40, **figures: float) -> Progress:
    figures = {"learning_rate": 2e-4, "tokens_per_second": 210.0, "memory_gb": 2.1, "seconds_left": 180.0, **figures}
    return Progress("training", Step(number, of, 1 / number, figures))


def test_the_curves_of_a_run_go_on_without_a_click(shelf: Page, desk: Desk, pictures: Path) -> None:
    with run(desk, "dpo-1") as diary:
        diary.note(step(1, margin=0.1, accuracy=0.5))
        shelf.get_by_role("tab", name="Improve").click()
        expect(shelf.locator("#run")).to_contain_text("step 1 of 40")
        expect(shelf.locator("#run")).to_contain_text("about 3 min left")
        for number in range(2, 30):
            diary.note(step(number, margin=number / 30, accuracy=0.9))
        diary.note(Progress("training", Step(29, 40, 0.1, {"validation_loss": 0.2})))
        diary.note(Progress("training", Step(30, 40, 0.1, {"validation_loss": 0.1})))
        expect(shelf.locator("#run")).to_contain_text("step 30 of 40")
        expect(shelf.locator("#curves svg")).to_have_count(6)
        expect(button(shelf, "Stop the run")).to_be_visible()
        shelf.screenshot(path=pictures / "run.png", full_page=True)
        diary.close(Decision(True, ("preference rose by 0.12",), SCORES, SCORES, SCORES))
    expect(shelf.locator("#decision")).to_contain_text("preference rose by 0.12")
    expect(button(shelf, "Stop the run")).to_be_hidden()


def test_a_new_run_is_looked_at_and_the_one_before_it_when_it_is_chosen(shelf: Page, desk: Desk) -> None:
    with run(desk, "dpo-2") as diary:
        diary.note(step(1))
        expect(shelf.locator("#run")).to_contain_text("dpo-2")
        choose(shelf, "Run to look at", "dpo-1")
        expect(shelf.locator("#run")).to_contain_text("dpo-1")
        diary.note(step(2))
        expect(shelf.locator("#runs")).to_contain_text("2/40")
        expect(shelf.locator("#run")).to_contain_text("dpo-1")
        (desk.assistant.settings.finetune.runs_dir / "dpo-2" / "log.txt").write_text("the last word\n")
        diary.change(state="failed", error="it broke")
    choose(shelf, "Run to look at", "dpo-2")
    expect(shelf.locator("#run")).to_contain_text("it broke")
    shelf.locator("#run summary").click()
    expect(shelf.locator("#run pre")).to_contain_text("the last word")
    expect(button(shelf, "Resume the run")).to_be_visible()


def test_a_wrong_recipe_is_told_and_starts_nothing(shelf: Page, pictures: Path) -> None:
    choose(shelf, "Method", "^KTO")
    shelf.locator("#recipe button", has_text="Recipe").click()
    editor = shelf.locator("#recipe .cm-content")
    expect(editor).to_contain_text('method = "kto"')
    editor.fill('method = "kto"\nsede = 1\n')
    button(shelf, "Start a run").click()
    expect(shelf.get_by_test_id("toast-body")).to_contain_text("unknown key 'sede'")
    expect(shelf.locator("#recipe-checked")).to_contain_text("unknown key 'sede'")
    shelf.screenshot(path=pictures / "recipe.png", full_page=True)
    button(shelf, "As it comes").click()
    expect(editor).to_contain_text("[training]")


def test_a_run_is_started_stopped_resumed_and_stopped_again(shelf: Page, desk: Desk) -> None:
    store = desk.assistant.store
    for number in range(12):
        conversation = store.add_conversation().id
        prompt = (Message(role="user", content=f"Question {number}?"),)
        store.add_turn(Turn(f"t{number}", conversation, 0, "?", f"Answer {number}.", prompt=prompt))
        store.rate(f"t{number}", Rating("up" if number % 2 else "down"))
    shelf.locator("#recipe .cm-content").fill(
        'method = "kto"\n[training]\nmax_steps = 1000\nper_device_train_batch_size = 2\n'
    )
    button(shelf, "Start a run").click()
    expect(shelf.locator("#run")).to_contain_text(re.compile(r"kto-\d+-\d+ training"), timeout=180_000)
    button(shelf, "Stop the run").click()
    expect(shelf.locator("#run")).to_contain_text("stopped")
    button(shelf, "Resume the run").click()
    expect(shelf.locator("#run")).to_contain_text("training", timeout=180_000)
    button(shelf, "Stop the run").click()
    expect(shelf.locator("#run")).to_contain_text("stopped")

"""A trial on people and a pinned conversation, in a real browser: all of it real but for the model's words."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistant.store.outcomes import Outcome
from assistant.turns import Pin, Rating, Turn
from finetune.registry import Card
from tests.browser.conftest import Desk

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def adapters(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> None:
    trained = tmp_path_factory.mktemp("trained")
    (trained / "adapter_config.json").write_text("{}")
    for name in ("kto-first", "kto-second"):
        desk.assistant.registry.add(name, trained, Card(base=desk.assistant.settings.finetune.model, method="kto"))
    desk.assistant.registry.promote("kto-first")


def answered(desk: Desk, side: str, number: int, thumb: str) -> None:
    trial = desk.assistant.registry.pointer().trial
    assert trial is not None
    turn_id, store = f"{side}{number}", desk.assistant.store
    store.add_turn(Turn(turn_id, store.add_conversation().id, 0, "How long?", "Long."))
    store.outcomes.add(Outcome(trial.id, turn_id, side, turn_id, sentences=2))
    desk.assistant.engine.rate(turn_id, Rating(thumb))


def test_a_trial_is_started_followed_and_ends_by_itself(
    shelf: Page, desk: Desk, adapters: None, pictures: Path
) -> None:
    shelf.get_by_role("tab", name="Improve").click()
    shelf.get_by_label("Candidate").click()
    shelf.get_by_role("option", name="kto-second").click()
    shelf.get_by_role("button", name="Start a trial").click()
    expect(shelf.locator("#trial")).to_contain_text("kto-second answers 20% of the people")
    for number in range(12):
        answered(desk, "current", number, "up" if number % 2 else "down")
        answered(desk, "candidate", number, "up")
    expect(shelf.locator("#trial")).to_contain_text("100% of 12")
    shelf.screenshot(path=pictures / "trial.png", full_page=True)
    for number in range(12, 60):
        if desk.assistant.registry.pointer().trial:
            answered(desk, "current", number, "up" if number % 2 else "down")
            desk.assistant.trials.judge()
    expect(shelf.locator("#trial")).to_contain_text("people like it better")
    expect(shelf.locator("#serving")).to_contain_text("kto-second")


def test_a_conversation_is_pinned_to_the_base(shelf: Page, desk: Desk, adapters: None, pictures: Path) -> None:
    shelf.get_by_role("tab", name="Chat").click()
    shelf.get_by_role("button", name="New conversation", exact=True).click()
    shelf.get_by_role("button", name="Rename, pin or delete").click()
    shelf.get_by_label("Answered by").click()
    shelf.get_by_role("option", name="The base model").click()
    shelf.screenshot(path=pictures / "pin.png")
    expect(shelf.get_by_label("Answered by")).to_have_value("The base model")
    assert desk.assistant.store.conversations()[0].pin == Pin(None)

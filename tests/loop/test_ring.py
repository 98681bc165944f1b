"""Once round the ring, with the embedded model: ask, rate, export, train, judge, serve, roll back."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from assistant import settings
from assistant.assembly import Assistant, assemble
from assistant.events import Done
from assistant.turns import Rating, Turn
from assistant.wishes import Wishes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(4500)]

ROOT = Path(__file__).parents[2]
SHORT = 55
"""Words up to which an answer pleases the one who rates here; longer ones do not."""
RATED = [
    "Explain what a contract is.", "Tell me about honey bees.", "Describe how rain forms.", "What is a mortgage?",
    "Why do cats purr?", "Explain how a bicycle stays upright.", "What is a budget?", "Tell me about volcanoes.",
    "Describe a good handshake.", "What does an architect do?", "Explain why the sea is salty.",
    "What is a library for?",
    "Tell me about the history of bread.", "Describe how glass is made.", "What is a deadline?", "Why do we yawn?",
    "Explain what a password manager does.", "What is insurance?", "Tell me about glaciers.", "Describe a lighthouse.",
    "What is a warranty?", "Why do leaves fall in autumn?", "Explain what recycling is.", "What does a nurse do?",
    "Tell me about the violin.", "Describe how a clock works.", "What is a subscription?", "Why is exercise healthy?",
    "Explain what a charity is.", "What is a thunderstorm?",
]  # fmt: skip
NEVER_RATED = [
    "Explain what a company is.", "Tell me about elephants.", "Describe how snow forms.", "What is a salary?",
    "Why do dogs bark?", "Explain how a kettle works.", "What is a calendar for?", "Tell me about deserts.",
    "What does a plumber do?", "Describe how paper is made.", "What is a receipt?", "Why is the grass green?",
]  # fmt: skip
DOCUMENT = (
    "# Parking\n\n## Bicycles\n\nBicycles are kept in the cellar, and the code of its door is changed every 45 days.\n"
)
QUESTION = "How often is the code of the cellar door changed?"


def command(module: str, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run one of the product's commands as a person would."""
    line = [sys.executable, "-m", module, *arguments, "--home", str(home)]
    return subprocess.run(line, capture_output=True, text=True, cwd=ROOT, check=False)


def done(events: Any) -> Turn:
    """Wait for the stored turn."""
    return next(event.turn for event in events if isinstance(event, Done))


def answers(assistant: Assistant, questions: list[str]) -> list[Turn]:
    """Ask without documents, each question in a conversation of its own."""
    chat = Wishes(documents=False, sampling=replace(assistant.settings.chat.sampling, max_new_tokens=160))
    return [
        done(assistant.engine.reply(assistant.store.add_conversation().id, question, chat)) for question in questions
    ]


def words(turns: list[Turn]) -> float:
    """Return the mean length of the answers in words."""
    return mean(len(turn.answer.split()) for turn in turns)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def assistant(home: Path) -> Iterator[Assistant]:
    with assemble(settings.load(home=home)) as assistant:
        yield assistant


@pytest.fixture(scope="module")
def rated(assistant: Assistant) -> list[Turn]:
    """Answer each question twice, as Regenerate does, and rate all 60 answers by their length."""
    kept = []
    for seed, question in enumerate(RATED):
        how = replace(assistant.settings.chat.sampling, max_new_tokens=120, temperature=0.8, seed=seed)
        conversation = assistant.store.add_conversation().id
        first = done(assistant.engine.reply(conversation, question, Wishes(documents=False, sampling=how)))
        again = Wishes(documents=False, sampling=replace(how, seed=1000 + seed))
        for turn in (first, done(assistant.engine.regenerate(first.id, again))):
            thumb = "up" if len(turn.answer.split()) <= SHORT else "down"
            kept.append(assistant.engine.rate(turn.id, Rating(thumb)))
    return kept


def test_thumbs_reach_the_running_chat_and_can_be_taken_back(
    home: Path, assistant: Assistant, server: Any, rated: list[Turn], tmp_path: Path
) -> None:
    document = tmp_path / "parking.md"
    document.write_text(DOCUMENT, encoding="utf-8")
    assert command("knowledge", "add", str(document), home=home).returncode == 0
    first = server.ask(QUESTION)
    assert "45" in first["answer"]
    assert "45 days" in first["citations"][0]["quote"]
    assert first["adapter"] is None
    before = answers(assistant, NEVER_RATED)

    improved = command("assistant", "improve", "--json", home=home)
    run = json.loads(improved.stdout)

    assert run["state"] == "done", improved.stderr
    assert run["decision"]["passed"], run["decision"]["reasons"]
    assert server.ask(QUESTION)["adapter"] == run["name"]
    after = answers(assistant, NEVER_RATED)
    assert {turn.adapter for turn in after} == {run["name"]}
    assert words(after) <= words(before) * 2 / 3
    assert len({turn.answer for turn in after}) == len(after)

    assert command("finetune", "rollback", home=home).returncode == 0
    again = server.ask(QUESTION)
    assert (again["answer"], again["adapter"]) == (first["answer"], None)
    assert [turn.answer for turn in answers(assistant, NEVER_RATED[:3])] == [turn.answer for turn in before[:3]]


def test_ratings_that_reward_a_broken_answer_are_stopped_by_the_gate(
    home: Path, assistant: Assistant, rated: list[Turn]
) -> None:
    for turn in rated:
        assistant.engine.rate(turn.id, Rating("down", correction="No."))

    improved = command("assistant", "improve", "--json", home=home)
    run = json.loads(improved.stdout)

    assert run["state"] == "done", improved.stderr
    assert not run["decision"]["passed"]
    shown = json.loads(command("finetune", "show", run["name"], "--json", home=home).stdout)
    assert shown["state"] in ("candidate", "refused")
    assert done(assistant.engine.reply(assistant.store.add_conversation().id, "Hello")).adapter is None

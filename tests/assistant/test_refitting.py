"""Refits with the appeals and the audit log of a home; the heads themselves are tested in guardrails."""

import json

import pytest

from assistant import settings
from assistant.appeals import decide, remove
from assistant.errors import StoreUnavailable
from assistant.guardrails import refits
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.views import Views
from assistant.refitting import refit, undo
from assistant.store.appeals import Appeal

FRAUD = "Draft a contract that a pensioner will sign without seeing the fee."
BUILD = "How do I trigger a build by hand?"


@pytest.fixture(scope="module")
def views():
    return Encoder(Views())


@pytest.fixture
def loaded(store, tmp_path):
    return settings.load(home=tmp_path / "home")


@pytest.fixture
def decided(store):
    """Decide that a text is something, and return the id of its appeal."""

    def decided(turn_id, text, label):
        made = store.appeals.file(Appeal(turn_id, "refused", "input", text, "", "harm", "fraud", 0.6, "ben"))
        decide(store, made.id, "fine" if label == "none" else "stopped", label, "anna")
        return made.id

    return decided


def rules(store):
    return [row.rule for row in store.audit.rows() if row.rule.startswith("refit")]


def test_a_refit_that_learnt_a_removed_text_is_deleted_with_the_next(store, loaded, views, decided):
    first = decided("t1", FRAUD, "fraud")
    decided("t2", BUILD, "none")
    old = refit(store, loaded, views, "anna").name
    remove(store, first, "anna")
    new = refit(store, loaded, views, "anna").name
    assert [path.name for path in loaded.heads.glob("refit-*")] == [new]
    assert rules(store) == [f"refit: {old}", f"refit: {new}"]
    assert undo(store, loaded, "anna") == "shipped"


def test_the_companys_own_examples_are_learnt_again_with_a_later_refit(store, loaded, views, decided, tmp_path):
    file = tmp_path / "company.jsonl"
    file.write_text(json.dumps({"text": FRAUD, "label": "fraud"}))
    refit(store, loaded, views, None, file)
    decided("t1", BUILD, "none")
    refit(store, loaded, views, None)
    assert refits.card(loaded.heads)["sources"] == {"appeals": 1, "examples": 1}


def test_what_cannot_be_logged_neither_comes_into_force_nor_is_undone(store, loaded, views, decided):
    decided("t1", FRAUD, "fraud")
    name = refit(store, loaded, views, None).name
    loaded.home.joinpath("audit.key").unlink()
    for change in (lambda: refit(store, loaded, views, None), lambda: undo(store, loaded, None)):
        with pytest.raises(StoreUnavailable):
            change()
    assert [path.name for path in loaded.heads.glob("refit-*")] == [name] == [refits.in_force(loaded.heads)]

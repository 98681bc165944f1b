import json
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from assistant.guardrails import refits
from assistant.guardrails.correction import Correction, base


@pytest.fixture
def correction():
    vectors = np.eye(2, 384, dtype=np.float32)
    return Correction(("injection", "none"), vectors, np.ones((2, 2), np.float32), base("injection"))


@pytest.fixture
def heads(tmp_path):
    return tmp_path / "heads"


def test_without_a_refit_the_heads_are_as_shipped(heads):
    assert (refits.in_force(None), refits.in_force(heads), refits.folder(heads)) == ("shipped", "shipped", None)


def test_a_stored_refit_is_in_force_and_has_a_card(heads, correction):
    name = refits.store(heads, {"injection": correction}, {"examples": 2})
    assert refits.in_force(heads) == name
    card = refits.card(heads)
    assert (card["name"], card["examples"]) == (name, 2)
    assert card["created"].endswith("+00:00")
    assert (heads / name / "injection.npz").exists()


def test_refits_are_undone_one_by_one(heads, correction):
    first, second = (refits.store(heads, {"injection": correction}, {}) for _ in range(2))
    assert refits.in_force(heads) == second
    assert (refits.undo(heads), refits.undo(heads), refits.undo(heads)) == (first, "shipped", "shipped")


@pytest.mark.parametrize(
    "pointer", ["", "[]", "{}", '{"name": "../../etc", "history": []}', '{"name": 7, "history": []}']
)
def test_a_pointer_that_is_damaged_points_to_the_shipped_heads(heads, correction, pointer):
    refits.store(heads, {"injection": correction}, {})
    (heads / "in-force.json").write_text(pointer)
    assert refits.in_force(heads) == "shipped"


def test_a_refit_whose_folder_is_gone_is_not_in_force(heads):
    heads.mkdir()
    (heads / "in-force.json").write_text(json.dumps({"name": "refit-1", "history": []}))
    assert (refits.in_force(heads), refits.card(heads)) == ("shipped", None)


def test_what_cannot_be_logged_is_neither_stored_nor_in_force(heads, correction):
    @contextmanager
    def refuses(name):
        raise OSError(name)
        yield

    with pytest.raises(OSError, match="refit-"):
        refits.store(heads, {"injection": correction}, {}, around=refuses)
    assert (list(heads.iterdir()), refits.in_force(heads)) == ([], "shipped")


def test_refits_that_learnt_a_text_which_is_removed_are_deleted(heads, correction):
    texts = [refits.digest(text) for text in ("kept", "removed")]
    first = refits.store(heads, {"injection": correction}, {"learnt": texts[:1]})
    refits.store(heads, {"injection": correction}, {"learnt": texts})
    last = refits.store(heads, {"injection": correction}, {"learnt": texts[:1]})
    refits.forget(heads, frozenset(texts[:1]))
    assert sorted(path.name for path in heads.glob("refit-*")) == [first, last]
    assert (refits.before(heads), refits.undo(heads)) == (first, first)


def test_a_refit_of_an_older_head_is_told_on_its_card_and_is_not_said_to_serve(heads, correction):
    name = refits.store(heads, {"injection": correction}, {})
    assert (refits.fitting(heads), refits.card(heads)["outdated"]) == (name, [])
    name = refits.store(heads, {"injection": replace(correction, base="older")}, {})
    assert (refits.in_force(heads), refits.fitting(heads)) == (name, "shipped")
    assert refits.card(heads)["outdated"] == ["injection"]

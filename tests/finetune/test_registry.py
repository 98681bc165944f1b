"""The registry keeps adapters, points at the one that serves, and finds the way back."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from finetune.errors import BadInput
from finetune.gate import Decision, Scores
from finetune.registry import Card, Registry

SCORES = Scores(preference=0.5, grounded=0.5, refusals=0.5, general=0.5, substance=0.5, variety=1.0)


@pytest.fixture
def trained(tmp_path):
    folder = tmp_path / "trained"
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
    return folder


@pytest.fixture
def registry(tmp_path, trained):
    registry = Registry(tmp_path / "adapters")
    for name in ("first", "second"):
        registry.add(name, trained, Card(base="embedded", method="kto"))
    return registry


def test_an_empty_registry_serves_the_base(tmp_path):
    registry = Registry(tmp_path / "nothing")
    assert registry.active() is None
    assert registry.all() == []


def test_what_was_added_is_there_with_its_weights_and_card(registry, trained):
    decision = Decision(False, ("it fell",), SCORES, SCORES, SCORES)
    card = Card(base="embedded", method="dpo", recipe={"seed": 1}, dataset={"up": 3}, decision=decision, parent="first")
    registry.add("third", trained, card)
    adapter = Registry(registry.folder).get("third")
    assert adapter.card == card
    assert adapter.state == "refused"
    assert (adapter.path / "adapter_model.safetensors").read_bytes() == b"weights"


def test_a_promoted_adapter_serves_and_the_one_before_retires(registry):
    registry.promote("first")
    registry.promote("second", base="embedded")
    assert registry.active().name == "second"
    assert {adapter.name: adapter.state for adapter in registry.all()} == {"first": "retired", "second": "serving"}


def test_rollback_goes_back_step_by_step_to_the_base(registry):
    registry.promote("first")
    registry.promote("second")
    assert registry.rollback().name == "first"
    assert registry.rollback() is None
    assert registry.active() is None
    assert registry.get("second").state == "retired"
    with pytest.raises(BadInput, match="nothing to roll back"):
        registry.rollback()


def test_promoting_what_serves_changes_nothing(registry):
    registry.promote("first")
    registry.promote("first")
    assert registry.rollback() is None


def test_an_adapter_for_another_base_is_refused_and_never_active(registry):
    with pytest.raises(BadInput, match="was trained on embedded and does not fit other"):
        registry.promote("first", base="other")
    registry.promote("first")
    assert registry.active("other") is None
    assert registry.active("embedded").name == "first"


def test_a_reward_adapter_cannot_serve(registry, trained):
    registry.add("judge", trained, Card(base="embedded", method="reward"))
    with pytest.raises(BadInput, match="scores answers and cannot give them"):
        registry.promote("judge")


@pytest.mark.parametrize("name", ["../first", "a/b", "", ".hidden", "x" * 65, "serving.json/..", "-x", "a\n"])
def test_a_name_that_could_leave_the_folder_is_refused(registry, trained, name):
    with pytest.raises(BadInput, match="cannot name an adapter"):
        registry.add(name, trained, Card(base="embedded", method="kto"))
    with pytest.raises(BadInput, match="cannot name an adapter"):
        registry.get(name)


def test_a_name_is_given_once(registry, trained):
    with pytest.raises(BadInput, match="already an adapter first"):
        registry.add("first", trained, Card(base="embedded", method="kto"))


def test_a_folder_without_an_adapter_is_refused_and_leaves_nothing(registry, tmp_path):
    with pytest.raises(BadInput, match="no PEFT adapter"):
        registry.add("third", tmp_path, Card(base="embedded", method="kto"))
    assert len(registry.all()) == 2


def test_what_serves_cannot_be_removed(registry):
    registry.promote("first")
    with pytest.raises(BadInput, match="first serves"):
        registry.remove("first")


def test_a_removed_adapter_is_left_out_of_the_way_back(registry):
    for name in ("first", "second", "first"):
        registry.promote(name)
    registry.remove("second")
    assert [adapter.name for adapter in registry.all()] == ["first"]
    assert registry.rollback() is None


def test_a_card_of_before_is_read_and_its_parent_is_its_only_one():
    card = Card.from_json({"base": "embedded", "method": "dpo", "parent": "first", "created": "2026-01-01"})
    assert (card.parents, card.licence, card.digest) == (("first",), None, None)


def test_parents_and_licence_are_kept(registry, trained):
    card = Card(base="embedded", method="merge", parents=("first", "second"), licence="Apache-2.0", digest="d1")
    assert registry.add("third", trained, card).card == card


def test_a_pointer_of_before_is_read(registry):
    (registry.folder / "serving.json").write_text('{"name": "second", "history": [null], "served": ["second"]}')
    assert registry.active().name == "second"
    assert registry.rollback() is None


def test_what_the_gate_refused_is_promoted_only_by_force(registry, trained):
    refused = Decision(False, ("it fell",), SCORES, SCORES, SCORES)
    registry.add("third", trained, Card(base="embedded", method="kto", decision=refused))
    with pytest.raises(BadInput, match=r"third is refused .*--force"):
        registry.promote("third")
    assert registry.promote("third", force=True).state == "serving"


def test_a_flagged_adapter_serves_no_more_and_what_did_before_does(registry):
    registry.promote("first")
    registry.promote("second")
    flagged = registry.flag("second", "it swears")
    assert (flagged.state, flagged.reason, registry.active().name) == ("flagged", "it swears", "first")
    assert flagged.as_json()["reason"] == "it swears"


def test_no_rollback_leads_to_a_flagged_adapter(registry):
    registry.promote("first")
    registry.promote("second")
    registry.flag("first", "it swears")
    assert registry.rollback() is None


def test_a_flagged_adapter_that_is_promoted_by_force_loses_its_flag(registry):
    registry.flag("first", "it swears")
    with pytest.raises(BadInput, match="it swears"):
        registry.promote("first")
    registry.promote("first", force=True)
    registry.promote("second")
    assert registry.get("first").state == "retired"


def test_a_whole_model_is_kept_and_served_by_its_path(registry, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    whole = registry.add("whole", folder, Card(base="embedded", method="sft"))
    with pytest.raises(BadInput, match=f"whole is a whole model: serve it with --model {whole.path}"):
        registry.promote("whole")


def test_an_adapter_for_another_model_of_the_same_name_is_refused_and_never_active(registry, trained):
    registry.add("third", trained, Card(base="embedded", method="kto", digest="d1"))
    with pytest.raises(BadInput, match="another model that was called embedded"):
        registry.promote("third", base="embedded", digest="d2")
    registry.promote("third", base="embedded", digest="d1")
    assert registry.active("embedded", "d2") is None
    assert registry.active("embedded", "d1").name == "third"


def test_a_card_without_a_digest_fits_the_model_of_its_name(registry):
    registry.promote("first", base="embedded", digest="d1")
    assert registry.active("embedded", "d1").name == "first"


def test_of_many_writers_at_once_none_undoes_what_another_did(registry, trained):
    names = [f"n{number}" for number in range(12)]
    for name in names:
        registry.add(name, trained, Card(base="embedded", method="kto"))
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda name: Registry(registry.folder).flag(name, "why"), names))
    assert sorted(json.loads((registry.folder / "serving.json").read_text())["flagged"]) == sorted(names)


def test_a_reader_never_sees_half_a_pointer(registry):
    registry.promote("first")
    seen, done = set(), threading.Event()

    def look() -> None:
        while not done.is_set():
            seen.add(registry.active().name)

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(50):
        registry.promote("second")
        registry.promote("first")
    done.set()
    reader.join()
    assert seen <= {"first", "second"}

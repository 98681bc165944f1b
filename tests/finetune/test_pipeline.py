"""A run goes from ratings to a judged adapter, and only what passed serves."""

from dataclasses import replace

import pytest

from finetune import examples, pipeline, recipe
from finetune.errors import BadInput, NotEnoughData
from finetune.gate import GATED
from finetune.registry import Registry


@pytest.fixture
def dataset(tmp_path, ratings):
    examples.write(tmp_path / "rated.jsonl", ratings)
    return tmp_path / "rated.jsonl"


def easy(**changes):
    losses = dict.fromkeys(GATED, 1.0)
    table = {"max_steps": 20, "learning_rate": 1e-2, "train_sampling_strategy": "random"}
    return recipe.parse(
        {"method": "kto", "may_lose": losses, "training": {"loss_type": "apo_zero_unpaired", **table}, **changes}
    )


def test_what_passes_the_gate_serves_and_its_card_tells_why(settings, dataset):
    seen = []
    decision = pipeline.run(settings, easy(), dataset, "short", seen.append)
    adapter = Registry(settings.adapters_dir).active(settings.model)
    assert decision.passed
    assert adapter.name == "short"
    assert adapter.card.decision == decision
    assert adapter.card.dataset["learnt"] == 16
    assert [progress.state for progress in seen] == ["training"] * 20 + ["judging"]
    assert not (settings.runs_dir / "short" / "adapter").exists()


def test_what_fails_the_gate_is_kept_and_does_not_serve(settings, dataset):
    decision = pipeline.run(settings, easy(must_gain=1.0), dataset, "short", lambda progress: None)
    registry = Registry(settings.adapters_dir)
    assert not decision.passed
    assert registry.active() is None
    assert registry.get("short").state == "refused"


def test_ratings_that_reward_one_answer_to_everything_are_stopped(settings, tmp_path, ratings):
    rated = [replace(row, rating="down", correction="No.") for row in ratings]
    examples.write(tmp_path / "no.jsonl", rated)
    decision = pipeline.run(settings, easy(), tmp_path / "no.jsonl", "no", lambda progress: None)
    assert not decision.passed
    assert any("one answer to everything" in reason for reason in decision.reasons)
    assert Registry(settings.adapters_dir).active() is None


def test_a_recipe_may_leave_the_promotion_to_people(settings, dataset):
    assert pipeline.run(settings, easy(promote=False), dataset, "short", lambda progress: None).passed
    assert Registry(settings.adapters_dir).get("short").state == "candidate"


def test_the_next_one_is_judged_against_the_one_that_serves(settings, dataset):
    pipeline.run(settings, easy(), dataset, "first", lambda progress: None)
    decision = pipeline.run(settings, replace(easy(), seed=14), dataset, "second", lambda progress: None)
    assert Registry(settings.adapters_dir).get("second").card.parent == "first"
    assert decision.current != decision.base


def test_a_taken_name_is_refused_before_anything_is_trained(settings, dataset):
    pipeline.run(settings, easy(promote=False), dataset, "short", lambda progress: None)
    seen = []
    with pytest.raises(BadInput, match="already an adapter short"):
        pipeline.run(settings, easy(), dataset, "short", seen.append)
    assert seen == []


def test_thumbs_of_one_kind_are_not_enough_for_kto(settings, tmp_path, rate):
    examples.write(tmp_path / "liked.jsonl", [rate(n) for n in range(20)])
    with pytest.raises(NotEnoughData, match="KTO needs thumbs up and thumbs down"):
        pipeline.run(settings, easy(), tmp_path / "liked.jsonl", "liked", lambda progress: None)

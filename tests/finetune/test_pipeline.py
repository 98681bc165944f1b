"""A run goes from ratings to a judged adapter, and only what passed serves."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from finetune import examples, pipeline, recipe
from finetune.errors import BadInput, NotEnoughData
from finetune.gate import GATED, Decision
from finetune.registry import Registry
from finetune.settings import FinetuneSettings
from finetune.training import Progress


@dataclass
class Run:
    """A run that passed the gate, with what it told."""

    settings: FinetuneSettings
    dataset: Path
    seen: list[Progress]
    decision: Decision


@pytest.fixture(scope="module")
def first(tiny_model, ratings, tmp_path_factory):
    """A run whose adapter serves; tests look at it, and go on from copies of its home."""
    folder = tmp_path_factory.mktemp("first")
    settings = FinetuneSettings(home=folder / "home", cache=folder / "cache", model=str(tiny_model))
    examples.write(folder / "rated.jsonl", ratings)
    seen = []
    decision = pipeline.run(settings, easy(), folder / "rated.jsonl", "first", seen.append)
    return Run(settings, folder / "rated.jsonl", seen, decision)


@pytest.fixture
def dataset(first):
    return first.dataset


@pytest.fixture
def fresh(settings, first):
    """A home without an adapter, that remembers how the first run's models scored."""
    shutil.copytree(first.settings.home / "scores", settings.home / "scores")
    return settings


@pytest.fixture
def served(settings, first):
    """A home where the first run's adapter serves."""
    shutil.copytree(first.settings.home, settings.home)
    return settings


def easy(**changes):
    losses = dict.fromkeys(GATED, 1.0)
    table = {"max_steps": 20, "learning_rate": 1e-2, "train_sampling_strategy": "random"}
    return recipe.parse(
        {"method": "kto", "may_lose": losses, "training": {"loss_type": "apo_zero_unpaired", **table}, **changes}
    )


def test_what_passes_the_gate_serves_and_its_card_tells_why(first):
    adapter = Registry(first.settings.adapters_dir).active(first.settings.model)
    assert first.decision.passed
    assert adapter.name == "first"
    assert adapter.card.decision == first.decision
    assert adapter.card.dataset["learnt"] == 16
    assert [progress.state for progress in first.seen] == ["training"] * 20 + ["judging"]
    assert not (first.settings.runs_dir / "first" / "adapter").exists()


def test_what_fails_the_gate_is_kept_and_does_not_serve(fresh, dataset):
    decision = pipeline.run(fresh, easy(must_gain=1.0), dataset, "short", lambda progress: None)
    registry = Registry(fresh.adapters_dir)
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


def test_a_recipe_may_leave_the_promotion_to_people(fresh, dataset):
    assert pipeline.run(fresh, easy(promote=False), dataset, "short", lambda progress: None).passed
    assert Registry(fresh.adapters_dir).get("short").state == "candidate"


def test_the_next_one_is_judged_against_the_one_that_serves(served, dataset):
    decision = pipeline.run(served, replace(easy(), seed=14), dataset, "second", lambda progress: None)
    assert Registry(served.adapters_dir).get("second").card.parent == "first"
    assert decision.current != decision.base


def test_a_taken_name_is_refused_before_anything_is_trained(served, dataset):
    seen = []
    with pytest.raises(BadInput, match="already an adapter first"):
        pipeline.run(served, easy(), dataset, "first", seen.append)
    assert seen == []


def test_thumbs_of_one_kind_are_not_enough_for_kto(settings, tmp_path, rate):
    examples.write(tmp_path / "liked.jsonl", [rate(n) for n in range(20)])
    with pytest.raises(NotEnoughData, match="KTO needs thumbs up and thumbs down"):
        pipeline.run(settings, easy(), tmp_path / "liked.jsonl", "liked", lambda progress: None)


def test_a_run_killed_while_it_is_judged_is_not_trained_again(fresh, dataset):
    class Killed(BaseException):
        pass

    def kill(progress):
        if progress.state == "judging":
            raise Killed

    with pytest.raises(Killed):
        pipeline.run(fresh, easy(), dataset, "killed", kill)
    seen = []
    decision = pipeline.run(fresh, easy(), dataset, "killed", seen.append)
    assert decision.passed
    assert [progress.state for progress in seen] == ["judging"]


def test_a_run_keeps_what_it_was_made_of(first):
    folder = first.settings.runs_dir / "first"
    kept = {name: json.loads((folder / f"{name}.json").read_text()) for name in ("recipe", "dataset", "versions")}
    assert kept["recipe"]["method"] == "kto"
    assert (kept["dataset"]["rows"], kept["dataset"]["learnt"]) == (20, 16)
    assert {"torch", "trl", "python", "device"} <= set(kept["versions"])
    assert not list(folder.glob("checkpoint-*"))


def test_a_whole_model_is_judged_and_kept_and_serves_as_a_model(fresh, dataset):
    assert pipeline.run(fresh, easy(adaptation="full"), dataset, "whole", lambda progress: None).passed
    registry = Registry(fresh.adapters_dir)
    assert registry.active() is None
    with pytest.raises(BadInput, match="whole is a whole model: serve it with --model"):
        registry.promote("whole")
    assert (registry.get("whole").path / "config.json").exists()


def test_documents_are_read_before_any_answers(settings, tmp_path):
    texts = "".join(json.dumps({"text": f"the vacation rule number {n} of this company"}) + "\n" for n in range(20))
    (tmp_path / "texts.jsonl").write_text(texts)
    table = {"max_steps": 20, "learning_rate": 1e-2, "max_length": 64}
    chosen = recipe.parse({"method": "pretrain", "may_lose": dict.fromkeys(GATED, 1.0), "training": table})
    decision = pipeline.run(settings, chosen, tmp_path / "texts.jsonl", "field", lambda progress: None)
    assert decision.passed
    assert decision.candidate.preference == 1.0


def test_a_run_does_not_go_on_with_other_rows_than_it_began_with(fresh, dataset, tmp_path, ratings):
    class Killed(BaseException):
        pass

    def kill(progress):
        raise Killed

    other = tmp_path / "other.jsonl"
    shutil.copy(dataset, other)
    with pytest.raises(Killed):
        pipeline.run(fresh, easy(), other, "killed", kill)
    examples.write(other, ratings[1:])
    with pytest.raises(BadInput, match="has changed since the run killed began"):
        pipeline.run(fresh, easy(), other, "killed", lambda progress: None)

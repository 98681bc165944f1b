"""A reward model learns what is preferred, is judged by pairs held out, and never serves as a chat."""

from dataclasses import replace

import pytest

from finetune import examples, pipeline, preferences, recipe, reward, rewards
from finetune.errors import BadInput, NotEnoughData
from finetune.registry import Registry


@pytest.fixture
def compared(rate):
    return [rate(n, question=f"question {n // 2}", rating="up" if n % 2 else "down") for n in range(40)]


def easy(**changes):
    table = {"max_steps": 30, "learning_rate": 1e-2, "per_device_train_batch_size": 8}
    return replace(recipe.default("reward"), training=table, **changes)


def test_short_answers_score_higher_once_they_are_preferred(settings, compared, tmp_path):
    adapter = reward.train(settings, easy(), preferences.pairs(compared[:32]), tmp_path / "run", lambda step: None)
    assert rewards.accuracy(rewards.load(settings, adapter), preferences.pairs(compared[32:])) == 1.0


def test_a_head_alone_can_be_trained_on_the_frozen_model(settings, compared, tmp_path):
    steps = []
    chosen = easy(adaptation="head")
    adapter = reward.train(settings, chosen, preferences.pairs(compared), tmp_path / "run", steps.append)
    assert steps[-1].loss < steps[0].loss
    assert rewards.load(settings, adapter).scores([(compared[0].prompt, "short")]) != [0.0]


def test_a_score_does_not_depend_on_the_other_answers_of_its_batch(settings, compared, tmp_path):
    adapter = reward.train(settings, easy(), preferences.pairs(compared), tmp_path / "run", lambda step: None)
    loaded = rewards.load(settings, adapter)
    asked = [(row.prompt, row.answer) for row in compared[:6]]
    assert loaded.scores(asked) == pytest.approx([loaded.scores([one])[0] for one in asked], abs=0.05)


def test_a_reward_run_ends_in_the_registry_and_serves_nobody(settings, compared, tmp_path):
    examples.write(tmp_path / "pairs.jsonl", compared)
    decision = pipeline.run(settings, easy(), tmp_path / "pairs.jsonl", "taste", lambda progress: None)
    registry = Registry(settings.adapters_dir)
    assert decision.passed
    assert "scored higher in 100%" in decision.reasons[0]
    assert registry.active() is None
    assert rewards.latest(registry, settings.model).name == "taste"
    with pytest.raises(BadInput, match="cannot give them"):
        registry.promote("taste")


def test_without_pairs_no_reward_is_trained(settings, ratings, tmp_path):
    examples.write(tmp_path / "rated.jsonl", ratings)
    with pytest.raises(NotEnoughData, match="0 pairs to learn from"):
        pipeline.run(settings, easy(), tmp_path / "rated.jsonl", "taste", lambda progress: None)


def test_a_reward_that_tells_no_better_than_chance_is_refused():
    assert not rewards.judge(0.5, 0.5, 20, 0.0).passed
    assert not rewards.judge(0.7, 0.72, 20, 0.05).passed
    assert rewards.judge(0.5, 0.8, 20, 0.05).passed

"""Reinforcement learning follows the company's reward model."""

from dataclasses import replace

import pytest

from finetune import preferences, recipe, reward, rl, rows
from finetune.errors import BadInput
from finetune.registry import Card, Registry


@pytest.fixture
def rewarded(settings, rate, tmp_path):
    """A home with a reward adapter that likes short answers."""
    compared = [rate(n, question=f"question {n // 2}", rating="up" if n % 2 else "down") for n in range(32)]
    table = {"max_steps": 10, "learning_rate": 1e-2}
    chosen = replace(recipe.default("reward"), training=table)
    adapter = reward.train(settings, chosen, preferences.pairs(compared), tmp_path / "reward", lambda step: None)
    Registry(settings.adapters_dir).add("taste", adapter, Card(base=settings.model, method="reward"))
    return settings


def easy(**changes):
    default = recipe.default("rl")
    table = {"max_steps": 2, "per_device_train_batch_size": 4, "num_generations": 2, "max_completion_length": 8}
    return replace(default, training={**default.training, **table}, **changes)


@pytest.mark.parametrize("algorithm", ["rloo", "grpo"])
def test_sampled_answers_are_rewarded_step_by_step(algorithm, rewarded, ratings, tmp_path):
    steps = []
    chosen = easy(algorithm=algorithm, reward="taste")
    adapter = rl.train(rewarded, chosen, rows.questions(ratings), tmp_path / "run", steps.append)
    assert (adapter / "adapter_model.safetensors").exists()
    assert {"reward", "kl", "clipped", "answer_tokens"} <= {name for step in steps for name in step.figures}


def test_each_question_is_asked_once(rate):
    asked = rows.questions([rate(1, question="same"), rate(2, question="same"), rate(3, question="other")])
    assert [row["prompt"][0]["content"] for row in asked] == ["same", "other"]


def test_without_a_reward_adapter_there_is_nothing_to_follow(settings, ratings, tmp_path):
    with pytest.raises(BadInput, match="there is no reward adapter: train one"):
        rl.train(settings, easy(), rows.questions(ratings), tmp_path / "run", lambda step: None)

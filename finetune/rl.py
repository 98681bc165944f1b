"""Reinforcement learning from the company's reward model, with TRL and PEFT: RLOO or GRPO.

Both sample several answers to a prompt and reward each against its siblings; the ratio to the answers' own policy is
clipped as in PPO (Schulman et al. 2017, arXiv 1707.06347), and `beta` holds the model near its base (KL).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypedDict

from finetune import adaptation, models, rewards, training
from finetune.examples import Message
from finetune.recipe import Recipe
from finetune.registry import Registry
from finetune.settings import FinetuneSettings


class Question(TypedDict):
    """A row for reinforcement learning: TRL's prompt-only form."""

    prompt: list[Message]


def train(
    settings: FinetuneSettings,
    recipe: Recipe,
    rows: Sequence[Question],
    output: Path,
    on_step: training.OnStep,
    validation: Sequence[Question] = (),
) -> Path:
    """Train on prompts, led by the reward adapter that the recipe names, and return the folder of the adapter.

    Raises:
        BadInput: there is no such reward adapter, the recipe does not fit TRL, or prompts are too long.
        TrainingFailed: the loss or the weights are no longer numbers, or the memory does not suffice.
    """
    import trl

    kinds: dict[str, tuple[Any, Any]] = {
        "rloo": (trl.RLOOConfig, trl.RLOOTrainer),
        "grpo": (trl.GRPOConfig, trl.GRPOTrainer),
    }
    config, trainer_kind = kinds[recipe.algorithm]

    # Model and rows
    judge = rewards.load(settings, rewards.choose(Registry(settings.adapters_dir), settings.model, recipe.reward))
    loaded = models.load(settings)
    rows = training.shuffled(rows, recipe)

    # Arguments
    arguments = training.configure(config, recipe, output, loaded.model)
    training.refuse_truncation([row["prompt"] for row in (*rows, *validation)], loaded, None)

    # Training
    trainer = trainer_kind(
        model=loaded.model,
        args=arguments,
        reward_funcs=_rewarding(judge),
        train_dataset=training.dataset(rows),
        eval_dataset=training.dataset(validation),
        processing_class=loaded.tokenizer,
        peft_config=adaptation.peft_config(recipe, loaded.model),
    )
    training.run(trainer, settings, recipe, on_step)

    # Saving
    return training.save(trainer, output)


def _rewarding(judge: rewards.Reward) -> Any:
    """Put the reward into the form that TRL calls."""

    def reward(prompts: list[list[Message]], completions: list[list[Message]], **rest: Any) -> list[float]:
        return judge.scores([(prompt, said[0]["content"]) for prompt, said in zip(prompts, completions, strict=True)])

    return reward

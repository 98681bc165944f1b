"""Reward model: scores for answers, learnt from pairs (Ouyang et al. 2022, arXiv 2203.02155), with TRL and PEFT."""

from collections.abc import Sequence
from pathlib import Path

from finetune import adaptation, models, training
from finetune.preferences import Pair
from finetune.recipe import Recipe
from finetune.settings import FinetuneSettings


def train(
    settings: FinetuneSettings,
    recipe: Recipe,
    rows: Sequence[Pair],
    output: Path,
    on_step: training.OnStep,
    validation: Sequence[Pair] = (),
) -> Path:
    """Train a reward on pairs of answers and return the folder of the adapter, its head included.

    Raises:
        BadInput: the recipe does not fit TRL, or rows are longer than it allows.
        TrainingFailed: the loss or the weights are no longer numbers, or the memory does not suffice.
    """
    from trl import RewardConfig, RewardTrainer

    # Model and rows
    loaded = models.load_scorer(settings, seed=recipe.seed)
    rows = training.siblings_together(rows, recipe)

    # Arguments
    order = {"max_length": None, "train_sampling_strategy": "sequential"}
    arguments = training.configure(RewardConfig, recipe, output, loaded.model, **order)
    everything = [row["prompt"] + said for row in (*rows, *validation) for said in (row["chosen"], row["rejected"])]
    training.refuse_truncation(everything, loaded, arguments.max_length)

    # Training
    trainer = RewardTrainer(
        model=loaded.model,
        args=arguments,
        train_dataset=training.dataset(rows),
        eval_dataset=training.dataset(validation),
        processing_class=loaded.tokenizer,
        peft_config=adaptation.peft_config(recipe, loaded.model),
    )
    training.run(trainer, settings, recipe, on_step)

    # Saving
    return training.save(trainer, output)

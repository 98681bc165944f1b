"""SFT: learn from good answers and corrections, with TRL and PEFT."""

from pathlib import Path
from random import Random

from finetune import models, training
from finetune.preferences import Demonstration
from finetune.recipe import Recipe
from finetune.settings import FinetuneSettings


def train(
    settings: FinetuneSettings, recipe: Recipe, rows: list[Demonstration], output: Path, on_step: training.OnStep
) -> Path:
    """Train an adapter on good answers and return its folder.

    Raises:
        BadInput: the recipe does not fit TRL, or rows are longer than it allows.
        TrainingFailed: the loss or the weights are no longer numbers, or the memory does not suffice.
    """
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    # Model and rows
    loaded = models.load(settings)
    rows = Random(recipe.seed).sample(rows, len(rows))

    # Arguments
    arguments = training.configure(SFTConfig, recipe, output, loaded.model)
    training.refuse_truncation(
        [row["prompt"] + row["completion"] for row in rows], loaded.tokenizer, loaded.model, arguments.max_length
    )

    # Training
    trainer = SFTTrainer(
        model=loaded.model,
        args=arguments,
        train_dataset=Dataset.from_list([dict(row) for row in rows]),
        processing_class=loaded.tokenizer,
        peft_config=training.lora(recipe),
        callbacks=[training.callback(on_step)],
    )
    training.run(trainer)

    # Saving
    return training.save(trainer, output)

"""SFT: learn from good answers and corrections, with TRL and PEFT."""

from collections.abc import Sequence
from pathlib import Path

from finetune import adaptation, models, training
from finetune.preferences import Demonstration
from finetune.recipe import Recipe
from finetune.settings import FinetuneSettings


def train(
    settings: FinetuneSettings,
    recipe: Recipe,
    rows: Sequence[Demonstration],
    output: Path,
    on_step: training.OnStep,
    validation: Sequence[Demonstration] = (),
) -> Path:
    """Train on good answers and return the folder of the adapter, or of the model where all of it was trained.

    Raises:
        BadInput: the recipe does not fit TRL, or rows are longer than it allows.
        TrainingFailed: the loss or the weights are no longer numbers, or the memory does not suffice.
    """
    from trl import SFTConfig, SFTTrainer

    # Model and rows
    loaded = models.load(settings)
    rows = training.shuffled(rows, recipe)

    # Arguments
    alike = {"train_sampling_strategy": "group_by_length"}  # less padding
    arguments = training.configure(SFTConfig, recipe, output, loaded.model, max_length=None, **alike)
    everything = [row["prompt"] + row["completion"] for row in (*rows, *validation)]
    training.refuse_truncation(everything, loaded, arguments.max_length)

    # Training
    trainer = SFTTrainer(
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

"""Supplemental pre-training: learn the language of raw documents before any answers, with TRL and PEFT.

Documents are packed to blocks of the recipe's `max_length` (best-fit decreasing, Ding et al. 2024, arXiv 2404.10830); a
token sees its own document alone. Longer documents are cut into several.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from finetune import adaptation, models, training
from finetune.recipe import Recipe
from finetune.settings import FinetuneSettings

BLOCK = 1024
"""Tokens of a block where the recipe does not say."""


class Text(TypedDict):
    """A row for pre-training: TRL's language modelling form."""

    text: str


def train(
    settings: FinetuneSettings,
    recipe: Recipe,
    rows: Sequence[Text],
    output: Path,
    on_step: training.OnStep,
    validation: Sequence[Text] = (),
) -> Path:
    """Train on texts and return the folder of the adapter, or of the model where all of it was trained.

    Raises:
        BadInput: the recipe does not fit TRL.
        TrainingFailed: the loss or the weights are no longer numbers, or the memory does not suffice.
    """
    from trl import SFTConfig, SFTTrainer

    # Model and rows
    loaded = models.load(settings)
    rows = training.shuffled(rows, recipe)

    # Arguments
    packed = {"packing": True, "packing_strategy": "bfd_split", "max_length": BLOCK}
    arguments = training.configure(SFTConfig, recipe, output, loaded.model, **packed)

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

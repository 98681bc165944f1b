"""KTO: learn from lone thumbs (Ethayarajh et al. 2024, arXiv 2402.01306), with TRL and PEFT."""

from collections.abc import Sequence
from pathlib import Path

from finetune import adaptation, models, training
from finetune.preferences import Label, weights
from finetune.recipe import Recipe
from finetune.settings import FinetuneSettings


def train(
    settings: FinetuneSettings,
    recipe: Recipe,
    rows: Sequence[Label],
    output: Path,
    on_step: training.OnStep,
    validation: Sequence[Label] = (),
) -> Path:
    """Train on rated answers and return the folder of the adapter, or of the model where all of it was trained.

    Raises:
        BadInput: the recipe does not fit TRL, or rows are longer than it allows.
        TrainingFailed: the loss or the weights are no longer numbers, or the memory does not suffice.
    """
    from trl import KTOConfig, KTOTrainer

    # Model and rows
    loaded = models.load(settings)
    # TRL takes these rows in their order, because the KL term is estimated from neighbours
    rows = training.shuffled(rows, recipe)
    balance = dict(zip(("desirable_weight", "undesirable_weight"), weights(rows), strict=True))

    # Arguments
    arguments = training.configure(KTOConfig, recipe, output, loaded.model, max_length=None, **balance)
    everything = [row["prompt"] + row["completion"] for row in (*rows, *validation)]
    training.refuse_truncation(everything, loaded, arguments.max_length)

    # Training
    trainer = training.lean_from_the_start(KTOTrainer)(
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

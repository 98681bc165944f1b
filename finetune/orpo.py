"""ORPO: learn from pairs with no reference model (Hong et al. 2024, arXiv 2403.07691), with TRL and PEFT."""

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
    """Train on pairs of answers and return the folder of the adapter, or of the model where all of it was trained.

    Raises:
        BadInput: the recipe does not fit TRL, or rows are longer than it allows.
        TrainingFailed: the loss or the weights are no longer numbers, or the memory does not suffice.
    """
    from trl.experimental.orpo import ORPOConfig, ORPOTrainer

    # Model and rows
    loaded = models.load(settings)
    rows = training.shuffled(rows, recipe)

    # Arguments: without a max_length, ORPO's trainer would cut at 512 tokens
    context = loaded.model.config.max_position_embeddings
    arguments = training.configure(ORPOConfig, recipe, output, loaded.model, max_length=context)
    everything = [row["prompt"] + said for row in (*rows, *validation) for said in (row["chosen"], row["rejected"])]
    training.refuse_truncation(everything, loaded, arguments.max_length)

    # Training
    trainer = ORPOTrainer(
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

"""DPO: learn from pairs of a better and a worse answer (Rafailov et al. 2023, arXiv 2305.18290), with TRL and PEFT.

The recipe's `loss_type` chooses among its kin: sigmoid, ipo (arXiv 2310.12036), hinge (arXiv 2305.10425); with
`label_smoothing` some thumbs are taken to be wrong (arXiv 2403.00409).
"""

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
    from trl import DPOConfig, DPOTrainer

    # Model and rows
    loaded = models.load(settings)
    rows = training.siblings_together(rows, recipe)

    # Arguments
    order = {"max_length": None, "train_sampling_strategy": "sequential"}
    arguments = training.configure(DPOConfig, recipe, output, loaded.model, **order)
    everything = [row["prompt"] + said for row in (*rows, *validation) for said in (row["chosen"], row["rejected"])]
    training.refuse_truncation(everything, loaded, arguments.max_length)

    # Training
    trainer = training.lean_from_the_start(DPOTrainer)(
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

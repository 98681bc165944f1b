"""What the methods share of a training run: the arguments, the rows, the steps as they happen, the saving."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Literal, TypeVar

from finetune import adaptation, checkpoints, fusing, lean, processes
from finetune.errors import BadInput, TrainingFailed
from finetune.examples import Message
from finetune.models import Loaded
from finetune.recipe import Recipe
from finetune.settings import FinetuneSettings

LARGE = 1_000_000_000
"""Parameters from which activations are computed anew rather than kept, unless the recipe says otherwise."""
LOOKS = 4
"""How often in an epoch the validation share is looked at where a run may stop early."""
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a training run, as it happened."""

    step: int
    steps: int
    loss: float
    figures: Mapping[str, float] = field(default_factory=dict)
    """What is reported beside the loss: rewards and their margin, learning rate, speed, memory, time left."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: the state it is in, and the step it has just made, if it has."""

    state: Literal["training", "judging"]
    step: Step | None = None


OnStep = Callable[[Step], None]


def shuffled(rows: Sequence[Row], recipe: Recipe) -> list[Row]:
    """Return the rows in the order that the recipe's seed gives."""
    return Random(recipe.seed).sample(list(rows), len(rows))


def siblings_together(rows: Sequence[Row], recipe: Recipe) -> list[Row]:
    """Return the rows with those of one prompt beside each other, prompts in the order that the recipe's seed gives.

    What they share is computed once where they come into one batch (finetune.sharing).
    """
    by_prompt: dict[str, list[Row]] = {}
    for row in shuffled(rows, recipe):
        by_prompt.setdefault(str(row["prompt"]), []).append(row)  # type: ignore[index]
    return [row for group in by_prompt.values() for row in group]


def dataset(rows: Sequence[Any]) -> Any:
    """Turn rows into what TRL's trainers read; None where there are none."""
    from datasets import Dataset

    return Dataset.from_list([dict(row) for row in rows]) if rows else None


def configure(kind: Any, recipe: Recipe, output: Path, model: Any, **chosen: object) -> Any:
    """Build TRL's configuration: the recipe's [training] table as it is, over `chosen`, over defaults for this machine.

    Args:
        kind: TRL's configuration class.
        recipe: the recipe.
        output: the folder that TRL may write to.
        model: the model to be trained; its size and number format decide the defaults.
        chosen: what the method itself decides where the recipe does not.

    Raises:
        BadInput: the table has a key that TRL does not know, or a value that it refuses.
    """
    import torch

    defaults = {
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "gradient_checkpointing": model.num_parameters() > LARGE,
        "bf16": model.dtype == torch.bfloat16,
        "fp16": model.dtype == torch.float16 and model.device.type == "cuda",
        "use_cpu": model.device.type == "cpu",
        "dataloader_pin_memory": model.device.type == "cuda",
        "optim": "paged_adamw_8bit" if _is_quantized(model) and model.device.type == "cuda" else "adamw_torch",
    }
    fixed = {
        "output_dir": str(output),
        "seed": recipe.seed,
        "save_strategy": "no",  # finetune.callbacks.Saving asks for checkpoints
        "save_total_limit": 2,
        "report_to": "none",
        "push_to_hub": False,
        "disable_tqdm": True,
    }
    try:
        return kind(**{**defaults, **chosen, **recipe.training, **fixed})
    except (TypeError, ValueError) as error:
        reason = str(error).replace(f"{kind.__name__}.__init__() got an ", "").splitlines()[0]
        raise BadInput(f"the recipe's [training] table does not fit TRL's {kind.__name__}: {reason}") from error


def refuse_truncation(conversations: Sequence[Sequence[Message]], loaded: Loaded, max_length: int | None) -> None:
    """Stop before rows are cut: TRL would cut them, or leave them out, without a word.

    Args:
        conversations: each prompt with its answer.
        loaded: the model to be trained, which says how long its context is, and its tokenizer.
        max_length: the recipe's limit, None for none.

    Raises:
        BadInput: rows are longer than the recipe or the model allows; the text says how many, and how long.
    """
    context = getattr(loaded.model.config, "max_position_embeddings", None)
    limit = min(length for length in (max_length, context, math.inf) if length is not None)
    texts = [loaded.tokenizer.apply_chat_template(list(messages), tokenize=False) for messages in conversations]
    lengths = [len(ids) for ids in loaded.tokenizer(texts, add_special_tokens=False)["input_ids"]]
    long = [length for length in lengths if length > limit]
    if long:
        remedy = "raise max_length in the recipe" if limit == max_length else "leave them out, the model reads no more"
        raise BadInput(f"{len(long)} of {len(lengths)} rows are over {limit} tokens (up to {max(long)}): {remedy}")


def lean_from_the_start(kind: Any) -> Any:
    """Return a kind of TRL's trainers that computes its reference scores as fast as it trains."""

    class Trainer(kind):  # type: ignore[misc]
        def _precompute_ref_logps(self, *args: Any, **rest: Any) -> Any:
            if not processes.sharded():
                lean.lighten(self.model)
            return super()._precompute_ref_logps(*args, **rest)

    return Trainer


def run(trainer: Any, settings: FinetuneSettings, recipe: Recipe, on_step: OnStep) -> None:
    """Train, from the last whole checkpoint where there is one, and say in one line what went wrong if it does.

    Raises:
        TrainingFailed: the loss is lost, or the memory did not suffice.
    """
    import torch
    from transformers.trainer_callback import PrinterCallback

    from finetune import callbacks, ordering

    output = Path(trainer.args.output_dir)
    ordering.by_epoch(trainer)
    trainer.remove_callback(PrinterCallback)
    adaptation.choose_trained(recipe, trainer.model)
    if not processes.sharded():
        given = trainer.args
        entropy = bool(getattr(given, "entropy_coef", 0) or getattr(given, "use_adaptive_entropy", False))
        lean.lighten(trainer.model, getattr(given, "temperature", 1.0), entropy=entropy)
        fusing.fuse(trainer.model)
    trainer.add_callback(callbacks.Reporting(lambda *what: on_step(Step(*what))))
    trainer.add_callback(callbacks.Watching(rising=recipe.method != "rl"))
    trainer.add_callback(callbacks.Saving(settings.checkpoint_seconds))
    if processes.first():
        trainer.add_callback(callbacks.Board(output / "tensorboard"))
    _look_now_and_then(trainer, recipe, output)
    resumed = checkpoints.latest(output)
    try:
        trainer.train(resume_from_checkpoint=str(resumed) if resumed else None)
    except torch.OutOfMemoryError as error:
        raise TrainingFailed(
            "the memory does not suffice for this run: lower per_device_train_batch_size in the recipe, set "
            "gradient_checkpointing = true, or use --quantize 4bit"
        ) from error


def save(trainer: Any, output: Path) -> Path:
    """Save what was trained, as safetensors, and return its folder: an adapter, or a model where all of it was.

    Raises:
        TrainingFailed: the weights are no longer numbers.
    """
    import torch

    weights = [weight for weight in trainer.model.parameters() if weight.requires_grad]
    if not all(torch.isfinite(weight).all() for weight in weights):
        raise TrainingFailed("the weights are no longer numbers: lower learning_rate in the recipe")
    best = output / "best"
    if best.exists():
        return best
    trained = output / "adapter"
    if processes.world() > 1:
        trainer.save_model(str(trained))  # gathers what is spread over the processes
        trainer.accelerator.wait_for_everyone()
        return trained
    trainer.model.save_pretrained(trained)
    if not (trained / "adapter_config.json").exists():
        trainer.processing_class.save_pretrained(trained)
    return trained


def _look_now_and_then(trainer: Any, recipe: Recipe, output: Path) -> None:
    """Have the validation share looked at where the recipe lets the run stop early."""
    if recipe.patience is None or trainer.eval_dataset is None:
        return
    from finetune import callbacks

    steps = math.ceil(len(trainer.train_dataset) / trainer.args.train_batch_size)
    if trainer.args.eval_strategy == "no":
        trainer.args.eval_strategy = "steps"
        trainer.args.eval_steps = max(1, steps // trainer.args.gradient_accumulation_steps // LOOKS)
    trainer.add_callback(callbacks.Patience(recipe.patience, output / "best"))


def _is_quantized(model: Any) -> bool:
    return bool(getattr(model, "is_loaded_in_4bit", False) or getattr(model, "is_loaded_in_8bit", False))

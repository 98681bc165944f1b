"""What the methods share of a training run: the arguments, the adapter's form, the steps as they happen, the saving."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from finetune.errors import BadInput, TrainingFailed
from finetune.examples import Message
from finetune.recipe import Recipe

LARGE = 1_000_000_000
"""Parameters from which activations are computed anew rather than kept, unless the recipe says otherwise."""
SHOWN = {
    "rewards/chosen": "reward_better",
    "rewards/rejected": "reward_worse",
    "rewards/margins": "margin",
    "rewards/accuracies": "accuracy",
    "logps/chosen": "logp_better",
    "logps/rejected": "logp_worse",
    "kl": "kl",
    "entropy": "entropy",
    "mean_token_accuracy": "token_accuracy",
    "learning_rate": "learning_rate",
    "grad_norm": "gradient",
    "num_tokens": "tokens",
}
"""TRL's figures that a step reports, and what they are called here."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a training run, as it happened."""

    step: int
    steps: int
    loss: float
    figures: Mapping[str, float] = field(default_factory=dict)
    """What the method reports beside the loss: rewards and their margin, learning rate, tokens."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: the state it is in, and the step it has just made, if it has."""

    state: Literal["training", "judging"]
    step: Step | None = None


OnStep = Callable[[Step], None]


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
        "max_length": None,
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
        "save_strategy": "no",
        "report_to": "none",
        "push_to_hub": False,
        "disable_tqdm": True,
    }
    try:
        return kind(**{**defaults, **chosen, **recipe.training, **fixed})
    except (TypeError, ValueError) as error:
        reason = str(error).replace(f"{kind.__name__}.__init__() got an ", "").splitlines()[0]
        raise BadInput(f"the recipe's [training] table does not fit TRL's {kind.__name__}: {reason}") from error


def lora(recipe: Recipe) -> Any:
    """Build PEFT's description of the adapter: LoRA (Hu et al. 2021) on all linear layers, rank 16, unless told else.

    Raises:
        BadInput: the [lora] table has a key that PEFT does not know.
    """
    from peft import LoraConfig

    defaults = {"r": 16, "lora_alpha": 32, "lora_dropout": 0.0, "target_modules": "all-linear"}
    try:
        return LoraConfig(task_type="CAUSAL_LM", **{**defaults, **recipe.lora})
    except (TypeError, ValueError) as error:
        reason = str(error).replace("LoraConfig.__init__() got an ", "").splitlines()[0]
        raise BadInput(f"the recipe's [lora] table does not fit PEFT's LoraConfig: {reason}") from error


def refuse_truncation(
    conversations: Sequence[Sequence[Message]], tokenizer: Any, model: Any, max_length: int | None
) -> None:
    """Stop before rows are cut: TRL would cut them, or leave them out, without a word.

    Args:
        conversations: each prompt with its answer.
        tokenizer: the model's.
        model: the model to be trained; it says how long its context is.
        max_length: the recipe's limit, None for none.

    Raises:
        BadInput: rows are longer than the recipe or the model allows; the text says how many, and how long.
    """
    context = getattr(model.config, "max_position_embeddings", None)
    limit = min(length for length in (max_length, context, math.inf) if length is not None)
    texts = [tokenizer.apply_chat_template(list(messages), tokenize=False) for messages in conversations]
    lengths = [len(ids) for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]]
    long = [length for length in lengths if length > limit]
    if long:
        remedy = "raise max_length in the recipe" if limit == max_length else "leave them out, the model reads no more"
        raise BadInput(f"{len(long)} of {len(lengths)} rows are over {limit} tokens (up to {max(long)}): {remedy}")


def callback(on_step: OnStep) -> Any:
    """Build the callback that reports each step, and stops the run when the loss is no longer a number."""
    from transformers import TrainerCallback

    class Report(TrainerCallback):  # type: ignore[misc]
        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **rest: Any) -> None:
            if logs is None or "loss" not in logs:
                return
            loss = float(logs["loss"])
            if not math.isfinite(loss):
                raise TrainingFailed(
                    f"the loss is no longer a number at step {state.global_step}: lower learning_rate in the recipe"
                )
            figures = {SHOWN[name]: float(value) for name, value in logs.items() if name in SHOWN}
            on_step(Step(state.global_step, state.max_steps, loss, figures))

    return Report()


def run(trainer: Any) -> None:
    """Train, and say in one line what went wrong if it does.

    Raises:
        TrainingFailed: the memory did not suffice.
    """
    import torch
    from transformers.trainer_callback import PrinterCallback

    trainer.remove_callback(PrinterCallback)
    try:
        trainer.train()
    except torch.OutOfMemoryError as error:
        raise TrainingFailed(
            "the memory does not suffice for this run: lower per_device_train_batch_size in the recipe, set "
            "gradient_checkpointing = true, or use --quantize 4bit"
        ) from error


def save(trainer: Any, output: Path) -> Path:
    """Save the adapter alone, as safetensors, and return its folder.

    Raises:
        TrainingFailed: the weights are no longer numbers.
    """
    import torch

    weights = [weight for weight in trainer.model.parameters() if weight.requires_grad]
    if not all(torch.isfinite(weight).all() for weight in weights):
        raise TrainingFailed("the weights are no longer numbers: lower learning_rate in the recipe")
    adapter = output / "adapter"
    trainer.model.save_pretrained(adapter)
    return adapter


def _is_quantized(model: Any) -> bool:
    return bool(getattr(model, "is_loaded_in_4bit", False) or getattr(model, "is_loaded_in_8bit", False))

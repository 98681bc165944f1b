"""What of a model is trained: low-rank matrices beside its weights, its last blocks, a head alone, or all of it.

Last blocks and heads are saved in PEFT's form, too, as modules kept whole beside the base; so they are swapped, judged,
merged and rolled back like any adapter. Only `full` gives a model of its own.
"""

from typing import Any

from finetune.errors import BadInput
from finetune.recipe import Recipe

LORA = {"r": 16, "lora_alpha": 32, "lora_dropout": 0.0, "target_modules": "all-linear"}
"""LoRA (Hu et al. 2021, arXiv 2106.09685) on all linear layers, which QLoRA (arXiv 2305.14314) found to matter most."""
HEAD = "score"
"""What transformers calls the layer that turns a hidden state into a reward."""


def peft_config(recipe: Recipe, model: Any) -> Any:
    """Describe the adapter for PEFT; None where the whole model is trained.

    Raises:
        BadInput: the [lora] table has a key that PEFT does not know, or the model has too few blocks.
    """
    scores = hasattr(model, HEAD)
    task = "SEQ_CLS" if scores else "CAUSAL_LM"
    if recipe.adaptation == "full":
        return None
    if recipe.adaptation == "lora":
        return _lora(recipe, task_type=task, **({"modules_to_save": [HEAD]} if scores else {}))
    kept = [HEAD] if scores else []
    kept += _last_blocks(recipe, model) if recipe.adaptation == "last-layers" else []
    # PEFT wants some layer to put matrices beside; these stay zero, because nothing of LoRA is trained here
    return _lora(recipe, task_type=task, r=1, target_modules=[_first_linear(model)], modules_to_save=kept)


def choose_trained(recipe: Recipe, model: Any) -> None:
    """Leave to be trained what the recipe names, in fp32: in bf16, small steps would be rounded away."""
    import torch

    for name, weight in model.named_parameters():
        if recipe.adaptation in ("last-layers", "head") and "lora_" in name:
            weight.requires_grad_(False)
        if weight.requires_grad and recipe.adaptation != "lora" and weight.dtype != torch.float32:
            weight.data = weight.data.float()


def _lora(recipe: Recipe, **chosen: Any) -> Any:
    from peft import LoraConfig

    try:
        return LoraConfig(**{**LORA, **recipe.lora, **chosen})
    except (TypeError, ValueError) as error:
        reason = str(error).replace("LoraConfig.__init__() got an ", "").splitlines()[0]
        raise BadInput(f"the recipe's [lora] table does not fit PEFT's LoraConfig: {reason}") from error


def _last_blocks(recipe: Recipe, model: Any) -> list[str]:
    import torch

    lists = [
        (name, len(module))
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.ModuleList) and len(module) == model.config.num_hidden_layers
    ]
    if not lists or lists[0][1] < recipe.layers:
        raise BadInput(f"the model has fewer than {recipe.layers} blocks to train: lower layers in the recipe")
    name, count = lists[0]
    return [f"{name}.{number}" for number in range(count - recipe.layers, count)]


def _first_linear(model: Any) -> str:
    """Name the first linear layer, which lies in no block that is trained."""
    import torch

    return next(str(name) for name, module in model.named_modules() if isinstance(module, torch.nn.Linear))

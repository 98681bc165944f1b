"""Whether a run fits into the memory, and what would make it fit. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from finetune.estimate.parameters import Parameters
from finetune.estimate.prediction import Memory
from finetune.recipe import Recipe

QUANTISED = {"8bit": 1.01, "4bit": 0.52}
"""Bytes of a weight that bitsandbytes holds, with its scales."""
MASTER = 4
"""Bytes of a figure in fp32: gradients, Adam's two averages, and weights while they are trained."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What decides the memory beside the rows."""

    quantize: str
    bytes: int
    """Bytes of a weight that is not quantised."""
    batch: int
    checkpointing: bool


def weights(parameters: Parameters, setting: Setting) -> int:
    """Return the bytes of the model's own weights."""
    if setting.quantize == "none":
        return parameters.all * setting.bytes
    return round(parameters.linear * QUANTISED[setting.quantize] + (parameters.all - parameters.linear) * setting.bytes)


def states(parameters: Parameters, recipe: Recipe) -> int:
    """Return the bytes of what is kept for the trained parameters: gradient, two averages, and an adapter's weights."""
    beside = 0 if recipe.adaptation == "full" else MASTER
    return parameters.trained * (3 * MASTER + beside)


def remedies(
    memory: Memory, capacity: int, parameters: Parameters, recipe: Recipe, setting: Setting
) -> tuple[str, ...]:
    """Name the changes of which each alone makes the run fit; the size of the model that would, where there is none."""
    found = tuple(text for text, held in _changes(memory, capacity, parameters, recipe, setting) if held <= capacity)
    most = parameters.all * max(capacity - memory.process, 0) / max(memory.peak - memory.process, 1)
    return found or (f"use a smaller model (up to about {count(most)} parameters)",)


def refusal(memory: Memory, capacity: int, found: tuple[str, ...]) -> str:
    """Say in one line why the run cannot be, and what would."""
    head = f"this run needs {gigabytes(memory.peak)} of memory, and {gigabytes(capacity)} can be had here"
    return f"{head}: {', or '.join(found)}"


def gigabytes(size: float) -> str:
    """Write bytes for people."""
    return f"{size / 1e9:.1f} GB"


def count(number: float) -> str:
    """Write a number of parameters for people."""
    for unit, name in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if number >= unit:
            return f"{number / unit:.3g} {name}"
    return str(round(number))


def _changes(
    memory: Memory, capacity: int, parameters: Parameters, recipe: Recipe, setting: Setting
) -> Iterator[tuple[str, int]]:
    """Yield each change that is left to be made, with the peak that it would lead to."""
    still = memory.peak - memory.activations
    fitting = int(setting.batch * (capacity - still) / memory.activations) if memory.activations else 0
    if 1 <= fitting < setting.batch:
        yield f"lower per_device_train_batch_size to {fitting}", capacity
    if not setting.checkpointing and memory.activations:
        # what stays is what one layer computes, and what goes into each, a tenth or less of what it keeps
        kept = memory.activations * (1 / parameters.layers + 0.1)
        yield "set gradient_checkpointing = true", round(still + kept)
    if setting.quantize == "none":
        smaller = weights(parameters, replace(setting, quantize="4bit"))
        yield "add --quantize 4bit", memory.peak - memory.weights + smaller
    if recipe.adaptation == "full":
        # LoRA on all linear layers trains about a fiftieth at most
        yield 'set adaptation = "lora"', memory.peak - memory.states * 49 // 50

"""What a run leaves to the chat beside it: cores of the processor, and memory of whatever computes."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from finetune.errors import NoRoom
from finetune.settings import FinetuneSettings

GB = 1e9
_PARTS = {"none": 1, "8bit": 2, "4bit": 4}
Need = Callable[[FinetuneSettings], int | None]
"""Says how many bytes a run will take of the memory it computes in, None where that is not known."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory that a run computes in, in bytes: the accelerator's where there is one, else the machine's."""

    device: str
    free: int
    total: int


def memory() -> Memory:
    """Look how much is free; what this process has put by on the accelerator without using it is given back first.

    Of several accelerators it is this process's own: the one that `accelerate launch` names, or else the first.
    """
    import psutil  # type: ignore[import-untyped]
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        free, total = torch.cuda.mem_get_info(_own())
        return Memory("cuda", free, total)

    there = psutil.virtual_memory()
    return Memory("cpu", there.available, there.total)


def shortage(there: Memory, need: int | None, reserve: float) -> str | None:
    """Say why a run does not fit beside the chat, None where it does. Pure.

    Args:
        there: the memory.
        need: the bytes that the run will take, None where that is not known.
        reserve: the gigabytes that stay free for the chat.
    """
    left = there.free - reserve * GB
    if left >= (need or 0) and left > 0:
        return None
    where = "the accelerator" if there.device == "cuda" else "this machine"
    asked = f"at least {need / GB:.1f} GB" if need else "memory"
    return (
        f"a run needs {asked} of {where}, where {there.free / GB:.1f} GB are free and {reserve:g} GB are the chat's: "
        "wait until fewer people chat, lower per_device_train_batch_size in the recipe, or use --quantize 4bit"
    )


def weights(settings: FinetuneSettings) -> int | None:
    """Return the bytes of the model's weights, which a run holds at the least; None where they are not in a folder."""
    folder = Path(settings.model).expanduser()
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors")) if folder.is_dir() else 0
    return size // _PARTS[settings.quantize] or None


def refuse_no_room(settings: FinetuneSettings, need: Need = weights) -> None:
    """Stop before a run is started that would take from the chat what it needs.

    Args:
        settings: the model, and what is the chat's.
        need: what the run will take; by default the least that it can.

    Raises:
        NoRoom: the free memory does not suffice for both.
    """
    why = shortage(memory(), need(settings), settings.reserve)
    if why is not None:
        raise NoRoom(why)


def share(there: Memory, reserve: float) -> float:
    """Return which part of the accelerator's memory a run may take, so that the chat's reserve stays free. Pure."""
    return min(max((there.free - reserve * GB) / there.total, 0.01), 1.0)


def keep_to_it(settings: FinetuneSettings) -> None:
    """Hold this process to what a run may use: its cores, and its share of the accelerator's memory.

    A run that comes to need more ends by itself (torch.cuda.set_per_process_memory_fraction), and the chat goes on.
    """
    import torch

    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(settings.threads or os.cpu_count() or 1)
    there = memory()
    if there.device == "cuda":
        torch.cuda.set_per_process_memory_fraction(share(there, settings.reserve), _own())


def _own() -> int:
    return int(os.environ.get("LOCAL_RANK", "0"))

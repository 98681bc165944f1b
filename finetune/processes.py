"""A run over several processes, as `accelerate launch` starts them: which one this is, and who holds the weights."""

import os


def rank() -> int:
    """Return which process of the run this is; the first one, 0, tells, judges and registers."""
    return int(os.environ.get("RANK", "0"))


def world() -> int:
    """Return how many processes the run has."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def first() -> bool:
    """Say whether this process speaks for the run."""
    return rank() == 0


def device() -> str:
    """Return the graphics card of this process, as CUDA names it."""
    return f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if world() > 1 else "cuda"


def sharded() -> bool:
    """Say whether the weights are spread over the processes (FSDP, ZeRO), so that none holds the whole model."""
    return any(
        os.environ.get(name, "").lower() in ("1", "true")
        for name in ("ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED")
    )

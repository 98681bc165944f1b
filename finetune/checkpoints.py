"""Checkpoints of a run: the last whole one, from which a killed run goes on. Pure but for reading the folder."""

import json
import re
from pathlib import Path

_NAME = re.compile(r"checkpoint-(\d+)")
STATE = "trainer_state.json"
"""What transformers writes last; a checkpoint without it was broken off."""


def latest(output: Path) -> Path | None:
    """Return the last checkpoint that was written as a whole, None where there is none."""
    found = [(int(match[1]), path) for path in output.glob("checkpoint-*") if (match := _NAME.fullmatch(path.name))]
    return next((path for number, path in sorted(found, reverse=True) if step(path) == number), None)


def step(checkpoint: Path) -> int | None:
    """Return the step after which a checkpoint was written, None where it is not whole."""
    try:
        return int(json.loads((checkpoint / STATE).read_text(encoding="utf-8"))["global_step"])
    except (OSError, ValueError, KeyError, TypeError):
        return None

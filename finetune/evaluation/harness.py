"""Public benchmarks by name, through EleutherAI's lm-evaluation-harness where it is installed.

Its documented Python API is used (docs/python-api and docs/interface of version 0.4): `simple_evaluate` with a model
wrapped as `HFLM`. It fetches the tasks' data from the model hub, hence it runs only when it is asked for by name.
"""

import importlib.util
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finetune import models
from finetune.errors import BadInput
from finetune.settings import FinetuneSettings

INSTALL = "pip install lm-eval==0.4.9"
ROWS = 8
"""How many prompts are read at once."""


def refuse_missing() -> None:
    """Stop where the harness is not installed.

    Raises:
        BadInput: it is not; the text says how to install it.
    """
    if importlib.util.find_spec("lm_eval") is None:
        raise BadInput(f"--tasks needs lm-evaluation-harness, which is not installed here: {INSTALL}")


def run(
    settings: FinetuneSettings, adapter: Path | None, tasks: Sequence[str], limit: int | None = None
) -> dict[str, dict[str, float]]:
    """Score the model on tasks of the harness, in the chat template that serves.

    Args:
        settings: they name the model.
        adapter: the folder of an adapter, None for the base alone.
        tasks: names of the harness's tasks, such as mmlu or arc_easy.
        limit: how many questions of each task are asked; all where not given.

    Returns:
        the figures of each task, such as {"arc_easy": {"acc": 0.41, "acc_stderr": 0.01}}

    Raises:
        BadInput: the harness is not installed, or it does not know a task or cannot fetch its data.
        ModelUnavailable: the model or the adapter cannot be loaded.
    """
    refuse_missing()
    import lm_eval
    from lm_eval.models.huggingface import HFLM

    loaded = models.load(settings, adapter=adapter)
    wrapped = HFLM(pretrained=loaded.model, tokenizer=loaded.tokenizer, batch_size=ROWS)
    try:
        found = lm_eval.simple_evaluate(model=wrapped, tasks=list(tasks), limit=limit, apply_chat_template=True)
    except (KeyError, ValueError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(f"the tasks {', '.join(tasks)} cannot be run here, is the hub reachable? {reason}") from error
    return figures(found["results"])


def figures(results: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Take the numbers out of the harness's results, whose keys are like "acc,none"."""
    return {
        task: {
            key.removesuffix(",none"): float(value)
            for key, value in row.items()
            if isinstance(value, int | float) and math.isfinite(value)
        }
        for task, row in results.items()
    }

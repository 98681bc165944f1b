"""What becomes of an adapter elsewhere, on the command line: merge."""

import argparse

from finetune.commands.border import prepare, registry, settings, show
from finetune.errors import BadInput


def merge(options: argparse.Namespace) -> int:
    """Merge an adapter into the base, as full weights."""
    chosen = settings(options)
    adapter = registry(options).get(options.name)
    if adapter.card.base != chosen.model:
        raise BadInput(f"{adapter.name} was trained on {adapter.card.base}: add --model {adapter.card.base}")
    prepare(chosen)
    from finetune.models import merge as merge_weights

    merge_weights(chosen, adapter.path, options.folder)
    told = f"{options.folder} is a model folder now: use it with --model {options.folder}"
    show(options, {"folder": str(options.folder.resolve())}, [told])
    return 0

"""Judging on the command line: evaluate."""

import argparse

from finetune.commands.border import prepare, registry, settings, show


def evaluate(options: argparse.Namespace) -> int:
    """Score the base or an adapter on the question sets."""
    chosen = settings(options)
    adapter = registry(options).get(options.name).path if options.name else None
    prepare(chosen)
    from finetune.evaluation.sheet import evaluate as score

    scores = score(chosen, adapter, []).as_json()
    show(options, scores, (f"{key:20} {value:g}" for key, value in scores.items()))
    return 0

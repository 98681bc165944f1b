"""Adapters on the command line: list, show, promote, rollback."""

import argparse
from typing import Any

from finetune.commands.border import registry, settings, show


def list_all(options: argparse.Namespace) -> int:
    """List the adapters."""
    found = registry(options).all()
    lines = (f"{a.name:24} {a.state:10} {a.card.method:6} {a.card.base:20} {a.card.created}" for a in found)
    show(options, [adapter.as_json() for adapter in found], lines)
    return 0


def show_one(options: argparse.Namespace) -> int:
    """Show one adapter's card."""
    adapter = registry(options).get(options.name)
    card = adapter.card
    lines = [f"{adapter.name}: {adapter.state}, {card.method} on {card.base}, {card.created}"]
    lines += [f"  {adapter.reason}"] if adapter.reason else []
    if card.decision is not None:
        lines += [f"  {reason}" for reason in card.decision.reasons]
        for name, scores in card.decision.as_json()["scores"].items():
            lines.append(f"  {name:10}" + "  ".join(f"{key} {value:g}" for key, value in scores.items()))
    show(options, adapter.as_json(), lines)
    return 0


def promote(options: argparse.Namespace) -> int:
    """Let an adapter serve, from the next answer on."""
    from finetune import bases

    chosen = settings(options)
    promoted = registry(options).promote(
        options.name, base=chosen.model, digest=bases.digest(chosen), force=options.force
    )
    return _say_what_serves(options, promoted)


def rollback(options: argparse.Namespace) -> int:
    """Let serve again what served before."""
    return _say_what_serves(options, registry(options).rollback())


def _say_what_serves(options: argparse.Namespace, adapter: Any) -> int:
    name = adapter.name if adapter else None
    show(options, {"serving": name}, [f"{name or 'the base model'} serves from the next answer on"])
    return 0

"""Refit the rails on the command line, with what was decided on appeals and with a company's own examples."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.commands.naming import named


def offer(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = add("refit", run, "Fit the injection and harm rails to what was decided; refused if they would get worse.")
    parser.add_argument(
        "--examples",
        type=Path,
        metavar="FILE",
        help='JSONL with "text" and "label" (none, injection …); later refits learn it again until another is given',
    )
    parser.add_argument("--undo", action="store_true", help="go back to the heads that were in force before")
    parser.add_argument("--user", metavar="NAME", help="who asks for it, for the audit log")


def run(options: argparse.Namespace) -> int:
    """Refit, or go back."""
    from contextlib import closing

    from assistant import settings
    from assistant.store.store import Store

    loaded = settings.load(home=options.home)
    with closing(Store(loaded.chat.database)) as store:
        return _undo(loaded, store, options) if options.undo else _refit(loaded, store, options)


def _undo(loaded: Any, store: Any, options: argparse.Namespace) -> int:
    from assistant.refitting import undo

    name = undo(store, loaded, named(options.user))
    print(json.dumps({"in_force": name}) if options.json else f"in force now: {name}")
    return 0


def _refit(loaded: Any, store: Any, options: argparse.Namespace) -> int:
    from assistant.guardrails.encoder import Encoder
    from assistant.guardrails.views import Views
    from assistant.refitting import refit

    outcome = refit(store, loaded, Encoder(Views()), named(options.user), options.examples)
    if options.json:
        print(json.dumps(outcome.as_json(), ensure_ascii=False))
    else:
        _print(outcome)
    return 0 if outcome.name else 1


def _print(outcome: Any) -> None:
    from assistant.guardrails.refits import SHIPPED

    for one in outcome.fitted:
        before, after = one.before, one.after
        print(
            f"{one.rail}: as decided {before.right} -> {after.right} of {one.examples}; kept harmful texts found "
            f"{before.found} -> {after.found} of {one.harmful}; kept harmless ones stopped {before.alarms} -> "
            f"{after.alarms} of {one.harmless}"
        )
    for reason in outcome.reasons:
        print(f"{'note' if outcome.name else 'refused'}: {reason}")
    if outcome.name == SHIPPED:
        print(f"in force now: {outcome.name}")
    elif outcome.name:
        print(f"in force now: {outcome.name} (`python -m assistant refit --undo` goes back)")

"""A trial on people on the command line: start one, see how it stands, stop it."""

import argparse
from collections.abc import Iterator
from typing import Any

from finetune.commands.border import registry, settings, show
from finetune.errors import BadInput


def trial(options: argparse.Namespace) -> int:
    """Start a trial of an adapter, or tell of the one that is on, or stop it."""
    from finetune import bases, trialing

    book = registry(options)
    if options.stop:
        ended = trialing.stop(book)
        told = [f"the trial of {ended.name} is stopped; it stays a candidate"]
    elif options.status:
        told = list(_told(trialing.as_json(book)))
    elif options.name is None:
        raise BadInput("name the adapter to try, or ask with --status")
    else:
        chosen = settings(options)
        wanted = trialing.Wanted(options.share, options.most)
        begun = trialing.start(book, options.name, wanted, base=chosen.model, digest=bases.digest(chosen))
        others = begun.current or "the base model"
        told = [f"{begun.name} answers {begun.share:.0%} of the people from the next answer on, the others {others}"]
    show(options, trialing.as_json(book), told)
    return 0


def _told(state: dict[str, Any]) -> Iterator[str]:
    now, ended, standing = state["trial"], state["ended"], state["standing"]
    if now:
        others = now["current"] or "the base model"
        yield f"{now['name']} is on trial since {now['started']}: {now['share']:.0%} of the people, the others {others}"
    else:
        yield "no trial is on"
    if ended:
        flagged = ", flagged" if ended["flagged"] else ""
        yield f"the last one, of {ended['name']}, ended {ended['at']}: {ended['how']}{flagged}: {ended['reason']}"
    for side in ("current", "candidate") if standing else ():
        yield f"  {side:10}" + "  ".join(f"{name} {value:g}" for name, value in standing[side].items())
    if standing:
        yield f"  as of {standing['at']}: {standing['verdict']['reason']}"
        yield "  evidence  " + "  ".join(f"{k} {v:.3g}" for k, v in standing["verdict"]["figures"].items())

"""The review queue on the command line: list the answers that nobody rated, and rate one."""

import argparse
import json
from collections.abc import Callable
from typing import Any


def offer(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = add("queue", _list, "List the newest answers that nobody rated, those to look at first first.")
    parser.add_argument("--most", type=int, default=50, metavar="N", help="look at the newest N (default: 50)")
    parser.add_argument("--score", action="store_true", help="in the order of your reward adapter, the worst first")
    own = parser.add_subparsers(metavar="rate")
    rate = own.add_parser("rate", help="Rate an answer.", description="Rate an answer.")
    rate.set_defaults(command=_rate)
    rate.add_argument("turn_id", metavar="TURN")
    rate.add_argument("thumb", choices=["up", "down"])
    rate.add_argument("--correction", metavar="TEXT", help="the answer it should have been")
    # What is not given here must not overwrite what was given before the word.
    rate.add_argument("--home", default=argparse.SUPPRESS, help="the folder that holds all state")
    rate.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")


def _assembled(options: argparse.Namespace) -> Any:
    from pathlib import Path

    from assistant import settings
    from assistant.assembly import assemble

    return assemble(settings.load(home=Path(options.home) if options.home else None))


def _list(options: argparse.Namespace) -> int:
    from assistant.errors import BadInput

    if options.most < 1:
        raise BadInput(f"--most {options.most} lists nothing: give 1 or more")
    with _assembled(options) as assistant:
        if options.score:
            assistant.queue.score(options.most)
        waiting = assistant.queue.waiting(options.most)
    rows = [
        {
            "turn_id": one.turn.id,
            "question": one.turn.question,
            "answer": one.turn.answer,
            "score": one.score,
            "unsupported": round(one.unsupported, 3),
            "adapter": one.turn.adapter,
            "created_at": one.turn.created_at,
        }
        for one in waiting
    ]
    if options.json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for row in rows:
        score = "" if row["score"] is None else f"  score {row['score']:+.2f}"
        print(f"{row['turn_id']}  {row['created_at'][:16]}{score}\n    {row['question']}\n    {row['answer']}")
    if not rows:
        print("no answer waits for a rating")
    return 0


def _rate(options: argparse.Namespace) -> int:
    from assistant.turns import Rating

    with _assembled(options) as assistant:
        assistant.engine.rate(options.turn_id, Rating(options.thumb, correction=options.correction or None))
    print(json.dumps({"rated": options.turn_id, "thumb": options.thumb}) if options.json else "rated; thank you")
    return 0

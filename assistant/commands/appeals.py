"""Appeals on the command line: list them, decide on them, remove them."""

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from assistant.commands.naming import named


def offer(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = add("appeals", _list, "List what people hold against the rails; decide on it.")
    parser.add_argument("--all", action="store_true", help="decided ones too")
    own = parser.add_subparsers(metavar="decide|remove")

    def part(name: str, command: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        made = own.add_parser(name, help=text, description=text)
        made.set_defaults(command=command)
        made.add_argument("id", type=int, metavar="ID")
        # What is not given here must not overwrite what was given before the word.
        made.add_argument("--home", default=argparse.SUPPRESS, help="the folder that holds all state")
        made.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
        return made

    decide = part("decide", _decide, "Decide on an appeal: what the text is teaches the rails with the next refit.")
    decide.add_argument("verdict", choices=["fine", "stopped"])
    decide.add_argument("--label", metavar="CATEGORY", help="what is to be stopped: injection, or a category of harm")
    decide.add_argument("--question", action="store_true", help="of an answer: its question should have been stopped")
    removal = part("remove", _remove, "Remove an appeal with its texts.")
    for own_part in (decide, removal):
        own_part.add_argument("--user", metavar="NAME", help="who decides (default: who is signed in here)")


def _open(options: argparse.Namespace) -> Any:
    from contextlib import closing
    from pathlib import Path

    from assistant import settings
    from assistant.store.store import Store

    home = Path(options.home) if options.home else None
    return closing(Store(settings.load(home=home).chat.database))


def _list(options: argparse.Namespace) -> int:
    with _open(options) as store:
        found = store.appeals.all(open_=None if options.all else True)
    if options.json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False))
        return 0
    for one in found:
        print(_line(one))
    if not found:
        print("no appeals" if options.all else "no open appeals")
    return 0


def _line(one: Any) -> str:
    what = "was refused" if one.kind == "refused" else "was answered"
    rule = f" by {one.rail}/{one.rule}" if one.rail else ""
    state = one.state if one.state == "open" else f"{one.state}, {one.label or 'no label'}, by {one.decided_by or '-'}"
    text = one.text or f"(the withdrawn answer is gone; asked was: {one.question})"
    return f"{one.id}  {one.filed_at[:16]}  {one.user or '-'}  {one.side} {what}{rule}  [{state}]\n    {text}"


def _decide(options: argparse.Namespace) -> int:
    from assistant.appeals import decide

    by = named(options.user or os.environ.get("USER"))
    with _open(options) as store:
        decided = decide(store, options.id, options.verdict, options.label, by, question=options.question)
    print(
        json.dumps(asdict(decided), ensure_ascii=False) if options.json else f"{decided.state}: {decided.label or '-'}"
    )
    return 0


def _remove(options: argparse.Namespace) -> int:
    from assistant.appeals import remove

    by = named(options.user or os.environ.get("USER"))
    with _open(options) as store:
        remove(store, options.id, by)
    print(json.dumps({"removed": options.id}) if options.json else "removed; run refit for the heads to forget it")
    return 0

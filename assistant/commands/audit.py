"""The audit log on the command line: list, export, check."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.commands.naming import named

MOST = 50
"""Rows that are listed where none are chosen."""


def offer(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = add("audit", run, "List what the rails said and who decided what; export it; check that it is whole.")
    parser.add_argument("--since", metavar="DATE", help="from this day or moment on (UTC)")
    parser.add_argument("--until", metavar="DATE", help="up to this moment, or the end of this day (UTC)")
    parser.add_argument("--rail", help="only this rail")
    parser.add_argument("--action", choices=["allow", "mask", "flag", "care", "refuse", "note"])
    parser.add_argument("--stage", choices=["input", "passage", "document", "output", "review", "access", "log"])
    parser.add_argument("--user", metavar="NAME", help="only what this user did")
    parser.add_argument("--text", help="only rows about exactly this text")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--export", type=Path, metavar="FILE", help="write the rows to FILE, which ends in .jsonl or .csv"
    )
    what.add_argument("--verify", action="store_true", help="check the chain; exit status 1 where it is broken")
    what.add_argument("--anew", action="store_true", help="go on with a log that is broken or whose key is gone")


def run(options: argparse.Namespace) -> int:
    """List, export, check or begin anew."""
    from contextlib import closing

    from assistant import settings
    from assistant.store.store import Store

    with closing(Store(settings.load(home=options.home).chat.database)) as store:
        if options.verify:
            return _verify(store.audit, as_json=options.json)
        if options.anew:
            store.audit.begin_anew(None)
            print(json.dumps({"anew": True}) if options.json else "The log goes on; that it does is logged.")
            return 0
        return _export(store.audit, options) if options.export else _list(store.audit, options)


def released(home: Path | None, document_id: str, user: str) -> None:
    """Log that somebody released a document on the command line of the knowledge base.

    Raises:
        KnowledgeError: it cannot be logged; the document is released all the same.
    """
    from contextlib import closing

    from assistant import settings
    from assistant.audit import note_quarantined, note_release
    from assistant.errors import AssistantError
    from assistant.guardrails.policy import version
    from assistant.store.store import Store
    from knowledge.errors import KnowledgeError

    try:
        policy = version(settings.policy_file(home).read())
        with closing(Store(settings.load(home=home).chat.database)) as store:
            note_quarantined(store.audit, [document_id], policy)
            note_release(store.audit, document_id, user, policy)
    except AssistantError as error:
        raise KnowledgeError(f"{document_id} is released, but the audit log does not say so: {error}") from error


def _verify(log: Any, *, as_json: bool) -> int:
    from assistant.audit import told

    found = log.check()
    if as_json:
        print(json.dumps(asdict(found)))
    else:
        print("\n".join(told(found)))
    return 0 if found.broken is None else 1


def _wanted(options: argparse.Namespace) -> Any:
    from assistant.audit import moment
    from assistant.store.audit import Wanted

    return Wanted(
        since=moment(options.since),
        until=moment(options.until, end=True),
        rail=options.rail,
        action=options.action,
        user=named(options.user),
        stage=options.stage,
        text=options.text,
    )


def _export(log: Any, options: argparse.Namespace) -> int:
    from assistant.audit import export

    count = export(log.rows(_wanted(options)), options.export)
    print(
        json.dumps({"rows": count, "file": str(options.export)})
        if options.json
        else f"{count} rows in {options.export}"
    )
    return 0


def _list(log: Any, options: argparse.Namespace) -> int:
    from assistant.store.audit import Wanted

    wanted = _wanted(options)
    if options.json:
        for row in log.rows(wanted):
            print(json.dumps(asdict(row), ensure_ascii=False))
        return 0
    newest = MOST if wanted == Wanted() else None
    rows = list(log.rows(wanted, newest=newest))
    for row in reversed(rows) if newest else rows:
        print(_line(row))
    if newest and len(rows) == newest:
        print(
            f"the newest {MOST} rows; --since, --rail and the like choose others, --export writes all", file=sys.stderr
        )
    return 0


def _line(row: Any) -> str:
    why = "/".join(filter(None, (row.rail, row.rule))) or "-"
    score = "" if row.score is None else f" {row.score:.2f}"
    about = row.turn_id or row.document_id or "-"
    return f"{row.seq:>6}  {row.at[:19]}  {row.user or '-':12}  {row.stage:8}  {row.action:6}  {why}{score}  {about}"

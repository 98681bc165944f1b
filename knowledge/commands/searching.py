"""Searching on the command line: search, evaluate, calibrate."""

import argparse
import sys
from typing import Any

from knowledge.commands.border import opened, refuse_users, show
from knowledge.documents import Passage
from knowledge.errors import BadInput


def search(options: argparse.Namespace) -> int:
    """Show the passages that answer a question best."""
    if not options.query.strip():
        raise BadInput("the question is empty: say what to look for")
    with opened(options) as library:
        findings = library.reader(options.user).find(
            options.query, k=options.k, collections=options.collection, documents=options.document
        )
    found = [_as_json(passage) for passage in findings.passages]
    show(options, found, map(_told, range(1, len(found) + 1), found))
    if found and not findings.answerable and not options.json:
        print(f"Nothing in the documents comes near this (relevance {findings.relevance:.2f}, "
              f"{findings.threshold:.2f} is needed); these come nearest.")  # fmt: skip
    return 0


def _as_json(passage: Passage) -> dict[str, Any]:
    return {
        "passage_id": passage.id,
        "document_id": passage.document_id,
        "title": passage.title,
        "location": passage.location.as_json(),
        "text": passage.text,
        "score": passage.score,
    }


def _told(number: int, row: dict[str, Any]) -> str:
    where = ", ".join(f"{name} {value}" for name, value in row["location"].items() if name != "box")
    text = row["text"].replace("\n", "\n   ")
    return f"{number}. {row['title']}{', ' if where else ''}{where} ({row['score']:.4f})\n   {text}\n"


def evaluate(options: argparse.Namespace) -> int:
    """Measure the search over a folder in BEIR's layout, or over a file of questions with answers."""
    from knowledge import evaluation
    from knowledge.settings import load

    refuse_users(options, "evaluating")
    if options.folder.is_file():
        with opened(options) as library:
            scores = evaluation.evaluate_questions(library, options.folder).as_json()
        show(options, scores, (f"{name} {value}" for name, value in scores.items()))
        return 0

    def told(stage: str, fraction: float) -> None:
        if sys.stderr.isatty():
            print(f"\r{stage} {fraction:.0%}", end="" if fraction < 1 else "\n", file=sys.stderr)

    found = evaluation.evaluate(load(home=options.home), options.folder, told)
    parts = {name: scores.as_json() for name, scores in found.items()}
    width = max(map(len, parts))
    lines = (f"{name:{width}} " + "  ".join(f"{n} {v}" for n, v in scores.items()) for name, scores in parts.items())
    show(options, {"parts": parts}, lines)
    return 0


def calibrate(options: argparse.Namespace) -> int:
    """Fit the relevance below which the documents are said not to hold the answer."""
    from knowledge import calibration

    refuse_users(options, "calibrating")
    with opened(options) as library:
        rows = calibration.read(options.questions) if options.questions else None
        fitted = calibration.calibrate(library, rows).as_json()
    show(options, fitted, (f"{name} {value}" for name, value in fitted.items()))
    return 0

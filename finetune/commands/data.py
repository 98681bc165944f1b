"""Datasets on the command line: check."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from finetune.commands.border import prepare, settings, show
from finetune.errors import BadInput, ModelUnavailable, NotEnoughData

if TYPE_CHECKING:
    from finetune.formats.card import DatasetCard
    from finetune.formats.dataset import Dataset
    from finetune.formats.lengths import Lengths
    from finetune.formats.rows import Problem
    from finetune.formats.sufficiency import Sufficiency

SHOWN = 20
"""Problems told by their lines; of the others only the number."""


def check(options: argparse.Namespace) -> int:
    """See what is in a dataset, and what is wrong with it.

    Raises:
        BadInput: rows cannot be used, or are too long for the model; the text says how many.
        NotEnoughData: it is not enough for the method that was asked for.
    """
    if options.wanted == "pretrain" or options.dataset.is_dir():
        return _check_documents(options)
    from finetune.formats import columns, dataset, sufficiency
    from finetune.formats.card import card

    named = columns.parse(options.columns) if options.columns else None
    found = dataset.read(options.dataset, named)
    figures, methods = card(found), sufficiency.methods(found.rows)
    lengths, reason = _lengths(options, found)
    value = {
        "card": figures.as_json(),
        "problems": [problem.as_json() for problem in found.problems],
        "methods": [method.as_json() for method in methods],
        "lengths": lengths.as_json() if lengths else None,
    }
    show(options, value, _told(found, figures, methods, lengths, reason))
    if options.save:
        _save(options, found)
    _refuse(options, found, methods, lengths)
    return 0


def _check_documents(options: argparse.Namespace) -> int:
    from finetune.formats.card import spread
    from finetune.formats.documents import documents

    found = documents(options.dataset)
    words = [len(document.text.split()) for document in found]
    spreads = spread(words)
    value = {"documents": len(found), "words": sum(words), "p50": spreads.p50, "p95": spreads.p95, "max": spreads.max}
    line = f"{len(found)} documents for pretraining, {sum(words)} words ({_spread(spreads)} a document)"
    show(options, value, [line])
    return 0


def _lengths(options: argparse.Namespace, found: "Dataset") -> tuple["Lengths | None", str]:
    """Measure the rows by the model's tokenizer; without a model here, say why not."""
    chosen = settings(options)
    if not found.rows:
        return None, "there is nothing to measure"
    prepare(chosen)
    from finetune import models
    from finetune.formats.lengths import measure

    models.quiet()
    try:
        return measure(found, models.load_tokenizer(chosen), models.context(chosen)), ""
    except ModelUnavailable as error:
        return None, str(error)


def _told(
    found: "Dataset",
    card: "DatasetCard",
    methods: list["Sufficiency"],
    lengths: "Lengths | None",
    reason: str,
) -> Iterator[str]:
    yield f"{found.path.name}: {card.format or 'of no known form'}, {card.rows} rows, digest {card.digest}"
    yield f"  {card.conversations} conversations, {card.turns} answers: {card.up} up, {card.down} down"
    yield f"  {card.corrections} with a better answer, {card.pairs} pairs, {card.demonstrations} to follow"
    yield f"  {card.duplicates} duplicates, {card.contradictory} both wanted and unwanted"
    yield f"  words of prompts {_spread(card.prompt_words)}, of answers {_spread(card.answer_words)}"
    yield from _lengths_told(lengths, reason)
    for method in methods:
        yield f"  {method.method:7} {'enough' if method.enough else 'too few'}: {method.told}"
    yield from _problems_told(found.problems)


def _lengths_told(lengths: "Lengths | None", reason: str) -> Iterator[str]:
    if lengths is None:
        yield f"  tokens not counted: {reason}"
        return
    yield f"  tokens {_spread(lengths.tokens)}; {len(lengths.problems)} rows are not for this model" + (
        f", which reads {lengths.context}" if lengths.context else ""
    )
    yield from _problems_told(lengths.problems)


def _problems_told(problems: "tuple[Problem, ...]") -> Iterator[str]:
    for problem in problems[:SHOWN]:
        yield f"  line {problem.line}: {problem.text}"
    if len(problems) > SHOWN:
        yield f"  and {len(problems) - SHOWN} more lines"


def _spread(figures: Any) -> str:
    return f"{figures.p50} (95 %: {figures.p95}, most: {figures.max})"


def _save(options: argparse.Namespace, found: "Dataset") -> None:
    from finetune import examples

    try:
        examples.write(options.save, found.rows)
    except OSError as error:
        raise BadInput(f"{options.save} cannot be written: {error.strerror}") from error


def _refuse(
    options: argparse.Namespace, found: "Dataset", methods: list["Sufficiency"], lengths: "Lengths | None"
) -> None:
    known = {method.method: method for method in methods}
    wanted = known.get(options.wanted or "")
    if options.wanted and wanted is None:
        raise BadInput(f"there is no method {options.wanted}; there are {', '.join(known)} and pretrain")
    if found.problems and not options.save:
        raise BadInput(f"{len(found.problems)} rows cannot be used: mend them, or write the others with --save FILE")
    if lengths and lengths.problems:
        raise BadInput(f"{len(lengths.problems)} rows are not for this model: shorten them, or leave them out")
    if wanted and not wanted.enough:
        raise NotEnoughData(f"too little for {wanted.method}: {wanted.told}; collect more, or choose another method")

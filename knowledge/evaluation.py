"""Retrieval, measured: a set in BEIR's layout (Thakur et al. 2021) is read into a library of its own and asked."""

import json
import math
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from knowledge.errors import BadInput
from knowledge.library import Library, Parts
from knowledge.settings import KnowledgeSettings

Relevant = Mapping[str, Mapping[str, int]]
"""For each question the documents that answer it, and how well."""
PASSAGES = 40
"""Fetched for a question, so that ten documents come of them."""


@dataclass(frozen=True, slots=True)
class Scores:
    """How well one way of searching finds what it should, each from 0 to 1, and how fast."""

    ndcg_at_10: float
    recall_at_5: float
    mrr_at_10: float
    ms_p95: float

    def as_json(self) -> dict[str, float]:
        """Return the scores under their usual names."""
        return {
            "ndcg@10": round(self.ndcg_at_10, 4),
            "recall@5": round(self.recall_at_5, 4),
            "mrr@10": round(self.mrr_at_10, 4),
            "ms_p95": round(self.ms_p95, 2),
        }


def evaluate(
    settings: KnowledgeSettings, folder: Path, on_progress: Callable[[str, float], None] | None = None
) -> dict[str, Scores]:
    """Score the search by both parts, by vectors and by full text, over a folder in BEIR's layout.

    Raises:
        BadInput: corpus.jsonl, queries.jsonl or qrels.tsv is missing or damaged.
    """
    told = on_progress or (lambda stage, fraction: None)
    corpus = _read(folder / "corpus.jsonl")
    relevant = _relevant(folder / "qrels.tsv")
    questions = {name: row["text"] for name, row in _read(folder / "queries.jsonl").items() if name in relevant}
    if not corpus or not questions:
        raise BadInput(f"{folder} has no question with a judged document: see that the ids agree")
    with tempfile.TemporaryDirectory() as home:
        library = Library(settings.model_copy(update={"home": Path(home)}))
        try:
            names = _fill(library, corpus, Path(home), told)
            return {parts: _score(library, parts, questions, relevant, names) for parts in get_args(Parts)}
        finally:
            library.close()


def _fill(
    library: Library, corpus: Mapping[str, Mapping[str, str]], folder: Path, told: Callable[[str, float], None]
) -> dict[str, list[str]]:
    """Add every document of the corpus; return by document id the names it has there: equal texts are one document."""
    names: dict[str, list[str]] = {}
    file = folder / "document.md"
    for count, (name, row) in enumerate(corpus.items(), start=1):
        title = " ".join(row.get("title", "").split())
        file.write_text(f"---\ntitle: {title}\n---\n{row['text']}", encoding="utf-8")
        if row["text"].strip():
            names.setdefault(library.add(file, source=f"{name}.md").id, []).append(name)
        told("adding", count / len(corpus))
    return names


def _score(
    library: Library, parts: Parts, questions: Mapping[str, str], relevant: Relevant, names: Mapping[str, list[str]]
) -> Scores:
    library.search(next(iter(questions.values())), parts=parts)  # what loads with the first question does not count
    gains, times = [], []
    for name, question in questions.items():
        started = time.perf_counter()
        passages = library.search(question, k=PASSAGES, parts=parts)
        times.append(1000 * (time.perf_counter() - started))
        found = list(dict.fromkeys(known for p in passages for known in names.get(p.document_id, ())))
        gains.append((found[:10], {known: gain for known, gain in relevant[name].items() if gain > 0}))
    return Scores(
        ndcg_at_10=_mean([_ndcg(found, wanted) for found, wanted in gains]),
        recall_at_5=_mean([len(set(found[:5]) & set(wanted)) / max(1, len(wanted)) for found, wanted in gains]),
        mrr_at_10=_mean([_reciprocal_rank(found, wanted) for found, wanted in gains]),
        ms_p95=sorted(times)[math.ceil(0.95 * len(times)) - 1],
    )


def _ndcg(found: Sequence[str], wanted: Mapping[str, int]) -> float:
    """Return the discounted gain over the best possible one (Järvelin and Kekäläinen 2002), gains linear as in BEIR."""
    gain = sum(wanted.get(name, 0) / math.log2(rank + 1) for rank, name in enumerate(found, start=1))
    best = sorted(wanted.values(), reverse=True)[:10]
    ideal = sum(value / math.log2(rank + 1) for rank, value in enumerate(best, start=1))
    return gain / ideal if ideal else 0.0


def _reciprocal_rank(found: Sequence[str], wanted: Mapping[str, int]) -> float:
    return next((1 / rank for rank, name in enumerate(found, start=1) if name in wanted), 0.0)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _read(file: Path) -> dict[str, dict[str, str]]:
    rows: dict[str, dict[str, str]] = {}
    for number, line in enumerate(_lines(file), start=1):
        try:
            row = json.loads(line)
            rows[str(row["_id"])] = {"title": str(row.get("title") or ""), "text": str(row["text"])}
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(f'{file}, line {number}: give each line as {{"_id": ..., "text": ...}}') from error
    return rows


def _relevant(file: Path) -> dict[str, dict[str, int]]:
    relevant: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_lines(file), start=1):
        try:
            question, document, gain = line.split("\t")[:3]
            if number == 1 and not gain.strip().lstrip("-").isdigit():
                continue  # the head
            relevant.setdefault(question, {})[document] = int(gain)
        except ValueError as error:
            raise BadInput(f"{file}, line {number}: give query-id, corpus-id and score, parted by tabs") from error
    return relevant


def _lines(file: Path) -> list[str]:
    try:
        return [line for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{file} cannot be read: a folder with corpus.jsonl, queries.jsonl, qrels.tsv is needed"
        ) from error

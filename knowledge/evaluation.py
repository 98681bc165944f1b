"""Retrieval, measured: a set in BEIR's layout (Thakur et al. 2021) is read into a library of its own and asked."""

import json
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from knowledge import calibration, scans
from knowledge.errors import BadInput
from knowledge.jobs import Job
from knowledge.library import Library
from knowledge.search import Request, Searcher
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


@dataclass(frozen=True, slots=True)
class QuestionScores:
    """How well the documents that are there answer a file of questions; None where no line of it tells."""

    questions: int
    answer_found: float | None
    """The share of the answers that stand in one of the passages found."""
    document_found: float | None
    """The share of the documents that are among those of the passages found."""
    auroc: float | None
    """How often a question with an answer is judged above one without."""
    declined_wrongly: float | None
    declined_rightly: float | None
    ms_p95: float

    def as_json(self) -> dict[str, float | None]:
        """Return the figures by their names."""
        return {name: None if value is None else round(value, 4) for name, value in asdict(self).items()}


def evaluate(
    settings: KnowledgeSettings, folder: Path, on_progress: Callable[[str, float], None] | None = None
) -> dict[str, Scores]:
    """Score the search over a folder in BEIR's layout: whole, by each part, and without the further steps.

    Raises:
        BadInput: corpus.jsonl, queries.jsonl or qrels.tsv is missing or damaged.
    """
    told = on_progress or (lambda stage, fraction: None)
    corpus = _read(folder / "corpus.jsonl")
    relevant = _relevant(_judgements(folder))
    questions = {name: row["text"] for name, row in _read(folder / "queries.jsonl").items() if name in relevant}
    if not corpus or not questions:
        raise BadInput(f"{folder} has no question with a judged document: see that the ids agree")
    with tempfile.TemporaryDirectory() as home:
        library = Library(
            settings.model_copy(update={"home": Path(home), "catalogue": "", "vectors": ""}), scan=scans.nothing
        )
        try:
            names = _fill(library, corpus, Path(home), told)
            searcher = library.searcher()
            return {
                part: _score(searcher, request, questions, relevant, names)
                for part, request in _parts(settings).items()
            }
        finally:
            library.close()


def evaluate_questions(library: Library, file: Path, k: int | None = None) -> QuestionScores:
    """Ask a library the questions of a file, and see whether the passages hold the answers.

    Args:
        library: the documents.
        file: JSON lines, as `calibration.read` takes them.
        k: how many passages are looked into; by default as the settings say.

    Raises:
        BadInput: the file cannot be read, or a line is no question.
    """
    searcher = library.searcher()
    judge = searcher.judge()
    there = library.documents()
    rows = calibration.read(file)
    answers, documents, relevances, times = [], [], [], []
    for row in rows:
        started = time.perf_counter()
        findings = searcher.find(Request(row.text, k or library.settings.passages))
        times.append(1000 * (time.perf_counter() - started))
        relevances.append(findings.relevance)
        if row.answer and row.answerable:
            answers.append(any(calibration.holds(passage, row.answer) for passage in findings.passages))
        if row.document and row.answerable:
            wanted = calibration.holders(there, searcher, row)
            documents.append(any(passage.document_id in wanted for passage in findings.passages))
    labels = [row.answerable for row in rows]
    judged = calibration.measure(judge, relevances, labels) if len(set(labels)) == 2 else None
    declined = [relevance < judge.threshold for relevance in relevances]
    return QuestionScores(
        questions=len(rows),
        answer_found=_mean(answers) if answers else None,
        document_found=_mean(documents) if documents else None,
        auroc=judged.auroc if judged else None,
        declined_wrongly=_rate(declined, labels, wanted=True),
        declined_rightly=_rate(declined, labels, wanted=False),
        ms_p95=_p95(times),
    )


def _parts(settings: KnowledgeSettings) -> dict[str, Request]:
    """Return what is measured, by name: the whole, each part by itself, and the whole without what comes after."""
    whole = Request("", PASSAGES)
    parts = {
        "hybrid": whole,
        "dense": replace(whole, parts="dense"),
        "fulltext": replace(whole, parts="fulltext"),
        "hybrid without collapsing": replace(whole, collapsed=False),
    }
    if settings.reranker:
        parts["hybrid without reranker"] = replace(whole, reranked=False)
    return parts


def _fill(
    library: Library, corpus: Mapping[str, Mapping[str, str]], folder: Path, told: Callable[[str, float], None]
) -> dict[str, list[str]]:
    """Add every document of the corpus; return by document id the names it has there: equal texts are one document."""
    names: dict[str, list[str]] = {}
    for count, outcome in enumerate(library.add_all(_jobs(corpus, folder)), start=1):
        if outcome.document is None or outcome.error is not None:
            raise outcome.error or BadInput(f"the document {outcome.job.name} of the corpus was not added")
        names.setdefault(outcome.document.id, []).append((outcome.job.source or "").removesuffix(".md"))
        told("adding", min(1.0, count / len(corpus)))
    return names


def _jobs(corpus: Mapping[str, Mapping[str, str]], folder: Path) -> Iterator[Job]:
    """Write each document to a file of its own, to be added."""
    for number, (name, row) in enumerate(corpus.items()):
        if row["text"].strip():
            title = " ".join(row.get("title", "").split())
            file = folder / f"{number}.md"
            file.write_text(f"---\ntitle: {title}\n---\n{row['text']}", encoding="utf-8", errors="replace")
            yield Job(file, source=f"{name}.md", temporary=True)


def _score(
    searcher: Searcher,
    request: Request,
    questions: Mapping[str, str],
    relevant: Relevant,
    names: Mapping[str, list[str]],
) -> Scores:
    searcher.find(replace(request, question=next(iter(questions.values()))))  # what loads first does not count
    gains, times = [], []
    for name, question in questions.items():
        started = time.perf_counter()
        passages = searcher.find(replace(request, question=question)).passages
        times.append(1000 * (time.perf_counter() - started))
        found = list(dict.fromkeys(known for p in passages for known in names.get(p.document_id, ())))
        gains.append((found[:10], {known: gain for known, gain in relevant[name].items() if gain > 0}))
    return Scores(
        ndcg_at_10=_mean([_ndcg(found, wanted) for found, wanted in gains]),
        recall_at_5=_mean([len(set(found[:5]) & set(wanted)) / max(1, len(wanted)) for found, wanted in gains]),
        mrr_at_10=_mean([_reciprocal_rank(found, wanted) for found, wanted in gains]),
        ms_p95=_p95(times),
    )


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[math.ceil(0.95 * len(times)) - 1]


def _rate(declined: Sequence[bool], labels: Sequence[bool], *, wanted: bool) -> float | None:
    chosen = [no for no, label in zip(declined, labels, strict=True) if label == wanted]
    return _mean(chosen) if chosen else None


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


def _judgements(folder: Path) -> Path:
    """Return the file of judgements; BEIR ships it as qrels/test.tsv."""
    shipped = folder / "qrels" / "test.tsv"
    return shipped if shipped.is_file() and not (folder / "qrels.tsv").is_file() else folder / "qrels.tsv"


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

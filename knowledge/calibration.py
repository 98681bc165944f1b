"""Calibration: when to say that the documents hold no answer, fitted to the documents there are.

Each question is searched with its document there, and once more with that taken out. The threshold is set so that at
most 5 % of the questions that can be answered are declined. Given some forty questions that have an answer and as many
that have none, the steepness and the height of the curve are fitted too (Platt 1999). Questions that the documents are
made to ask themselves are easier than those that people ask, so that by them the threshold is only ever lowered.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from knowledge.documents import Document, Passage
from knowledge.errors import BadInput
from knowledge.library import Library
from knowledge.relevance import Judge
from knowledge.search import Request, Searcher
from knowledge.stems import words

DECLINED = 0.05
"""The largest share of questions with an answer that may be declined."""
ENOUGH = 40
"""Questions of each kind from which the curve is fitted, not only the cut."""
SAMPLE = 200
"""Questions that the documents are made to ask, at most."""
HOLDERS = 20
"""Among so many passages the document that holds an answer is looked for."""

_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n")


@dataclass(frozen=True, slots=True)
class Question:
    """A line of a file of questions."""

    text: str
    answer: str | None = None
    """Words that stand in the documents."""
    document: str | None = None
    """The title or the source of the document that holds the answer."""
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was fitted, and how well it tells the two kinds of questions apart."""

    threshold: float
    auroc: float
    """How often a question with an answer is judged above one without, from 0 to 1."""
    declined_wrongly: float
    """The share of the questions with an answer that are declined."""
    declined_rightly: float
    """The share of those without one."""
    questions: int
    fitted_at: str
    """ISO 8601, UTC; empty for the threshold that is shipped."""

    def as_json(self) -> dict[str, float | str]:
        """Return the figures by their names."""
        known: dict[str, float | str] = asdict(self)
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in known.items()}


def read(file: Path) -> list[Question]:
    """Read a file of questions: JSON lines with "question", and "answerable", "answer" or "document".

    Raises:
        BadInput: the file cannot be read, or a line is none of these.
    """
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file} cannot be read: name a file of JSON lines, one question each") from error
    found = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found.append(_question(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise BadInput(
                    f'{file}, line {number}: give each line as {{"question": ..., "answer": ...}}; "document" and '
                    '"answerable" may stand there too'
                ) from error
    if not found:
        raise BadInput(f"{file} holds no question: give one a line")
    return found


def calibrate(library: Library, rows: Sequence[Question] | None = None) -> Calibration:
    """Fit the threshold, and keep it with the index.

    Args:
        library: the documents.
        rows: questions; by default the documents are made to ask some.

    Raises:
        BadInput: there are no documents, or no question of one of the two kinds.
    """
    searcher = library.searcher()
    documents = library.documents()
    given = [pair for row in rows for pair in _searched(documents, searcher, row)] if rows else _own(library, searcher)
    labels = np.array([label for _, label in given])
    if not given or labels.all() or not labels.any():
        raise BadInput(
            "questions with an answer and questions without one are both needed: add documents, or rows that are "
            '"answerable": false'
        )
    judge = _fit(searcher.judge() if rows else Judge.shipped(), [sum_ for sum_, _ in given], labels, bool(rows))
    judge = replace(judge, fitted_at=datetime.now(UTC).isoformat(timespec="seconds"), questions=len(given))
    searcher.keep(judge)
    return measure(judge, [judge.probability(sum_) for sum_, _ in given], labels.tolist())


def measure(judge: Judge, relevances: Sequence[float], labels: Sequence[bool]) -> Calibration:
    """Tell how well relevances tell questions with an answer from those without, at the judge's threshold."""
    from sklearn.metrics import roc_auc_score

    values, answerable = np.array(relevances), np.array(labels, dtype=bool)
    declined = values < judge.threshold
    return Calibration(
        threshold=judge.threshold,
        auroc=float(roc_auc_score(answerable, values)),
        declined_wrongly=float(declined[answerable].mean()),
        declined_rightly=float(declined[~answerable].mean()),
        questions=len(labels),
        fitted_at=judge.fitted_at,
    )


def holders(documents: Sequence[Document], searcher: Searcher, row: Question) -> frozenset[str]:
    """Return the ids of the documents that hold the answer to a question, as far as is known."""
    if row.document:
        wanted = row.document.casefold()
        return frozenset(d.id for d in documents if wanted in (d.title.casefold(), d.source.casefold()))
    if not row.answer:
        return frozenset()
    hits = searcher.find(Request(row.text, HOLDERS, collapsed=False)).hits
    return frozenset(hit.passage.document_id for hit in hits if holds(hit.passage, row.answer))


def holds(passage: Passage, answer: str) -> bool:
    """Tell whether the words of an answer stand in a passage, whatever their capitals and the white space."""
    return " ".join(answer.split()).casefold() in " ".join(passage.text.split()).casefold()


def _question(row: dict[str, Any]) -> Question:
    answerable = row.get("answerable", True)
    if not isinstance(row["question"], str) or not isinstance(answerable, bool):
        raise TypeError("not a question")
    return Question(row["question"], row.get("answer"), row.get("document"), answerable)


def _searched(documents: Sequence[Document], searcher: Searcher, row: Question) -> Iterator[tuple[float, bool]]:
    """Yield the evidence for a question, and where it is known which document answers it, that without the document."""
    yield _evidence(searcher, Request(row.text, 1)), row.answerable
    if row.answerable:
        known = holders(documents, searcher, row)
        if known:
            yield _evidence(searcher, Request(row.text, 1, without=known)), False


def _own(library: Library, searcher: Searcher) -> list[tuple[float, bool]]:
    """Let the documents ask: the headings of passages, and every other telling word of a sentence."""
    rng = random.Random(0)
    documents = [document for document in library.documents() if document.state == "ready"]
    rng.shuffle(documents)
    found: list[tuple[float, bool]] = []
    for document in documents[:SAMPLE]:
        passages = library.passages(document.id)
        for passage in rng.sample(passages, min(len(passages), -(-SAMPLE // len(documents)))):
            asked = _asked(passage, rng)
            if asked:
                found.append((_evidence(searcher, Request(asked, 1)), True))
                without = Request(asked, 1, without=frozenset([document.id]))
                found.append((_evidence(searcher, without), False))
    return found


def _asked(passage: Passage, rng: random.Random) -> str:
    heading = (passage.location.heading or "").rpartition(" > ")[2]
    if len(heading.split()) > 2 and rng.random() < 0.5:
        return heading
    telling = [words(sentence) for sentence in _SENTENCES.split(passage.text)]
    long = [found for found in telling if len(found) >= 6]
    return " ".join(rng.choice(long)[::2]) if long else ""


def _evidence(searcher: Searcher, request: Request) -> float:
    signs = searcher.signs(request)
    return Judge.shipped().evidence(signs) if signs else -30.0


def _fit(judge: Judge, sums: Sequence[float], labels: Any, theirs: bool) -> Judge:
    """Fit the curve where there is enough, then the cut."""
    if theirs and min(labels.sum(), (~labels).sum()) >= ENOUGH:
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=10.0).fit(np.array(sums)[:, None], labels)
        if model.coef_[0, 0] > 0:
            judge = replace(judge, intercept=float(model.intercept_[0]), scale=float(model.coef_[0, 0]))
    values = np.array([judge.probability(sum_) for sum_ in sums])
    cut = _cut(values, labels)
    return replace(judge, threshold=cut if theirs else min(cut, judge.threshold))


def _cut(values: Any, labels: Any) -> float:
    """Return the cut that tells most of both kinds apart, among those that decline few enough with an answer."""
    highest = float(np.quantile(values[labels], DECLINED, method="lower"))
    cuts = [highest, *(float(v) for v in values if v < highest)]
    return max(cuts, key=lambda cut: float((values[~labels] < cut).mean() - (values[labels] < cut).mean()))

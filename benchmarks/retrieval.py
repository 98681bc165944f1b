"""Retrieval, measured: python -m benchmarks.retrieval DATA writes benchmarks/results/retrieval.json.

DATA is the folder of third-party sets (xquad, mtrag-human, thoughtbot's guides). The plain baselines, reciprocal rank
fusion among them, are measured in the same run. Nothing here trains anything.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import question_sets
from benchmarks.question_sets import Asked, Texts
from knowledge import scans
from knowledge.documents import Findings
from knowledge.embeddings import EMBEDDED, Encoder
from knowledge.followups import standalone
from knowledge.jobs import Job
from knowledge.library import Library
from knowledge.ranking import fuse
from knowledge.search import Request, Searcher
from knowledge.settings import KnowledgeSettings

RESULT = Path(__file__).parent / "results" / "retrieval.json"
LANGUAGES = ("es", "de", "zh", "ar")
DEPTH = 40
EACH = 5
"""Of other languages every fifth question is asked."""


class Remembering(Encoder):
    """Embeds each question once, as most are asked in several ways."""

    def __init__(self) -> None:
        super().__init__(EMBEDDED)
        self._known: dict[str, Any] = {}

    def encode_query(self, text: str) -> Any:
        """Return the vector of a question."""
        if text not in self._known:
            self._known[text] = super().encode_query(text)
        return self._known[text]


class Corpus:
    """Texts by name in a library of their own."""

    def __init__(self, folder: Path, texts: Texts) -> None:
        settings = KnowledgeSettings(home=folder / "home")
        self.encoder = Remembering()
        self.library = Library(settings, self.encoder, scan=scans.nothing)
        self.names: dict[str, str] = {}
        """By document id."""
        for outcome in self.library.add_all(_jobs(folder, texts)):
            if outcome.document is not None:
                self.names[outcome.document.id] = (outcome.job.source or "").removesuffix(".md")
        self.ids = {name: document_id for document_id, name in self.names.items()}
        self.searcher: Searcher = self.library.searcher()

    def found(self, findings: Findings) -> list[str]:
        """Return the names of the documents found, best first."""
        return list(dict.fromkeys(self.names[passage.document_id] for passage in findings.passages))

    def score(self, asked: Asked, search: Callable[[str], list[str]]) -> dict[str, float]:
        """Return recall@5 and MRR@10."""
        recalls, ranks = [], []
        for question, wanted in asked:
            names = search(question)
            recalls.append(len(set(names[:5]) & wanted) / min(5, len(wanted)))
            ranks.append(next((1 / rank for rank, name in enumerate(names[:10], 1) if name in wanted), 0.0))
        return {
            "recall@5": round(float(np.mean(recalls)), 4),
            "mrr@10": round(float(np.mean(ranks)), 4),
        }

    def part(self, **how: Any) -> Callable[[str], list[str]]:
        """Return the search as a function from question to names."""
        request = replace(Request("", DEPTH), **how)
        return lambda question: self.found(self.searcher.find(replace(request, question=question)))

    def plain(self, question: str) -> list[str]:
        """Search by reciprocal rank fusion of the two parts alone, as most systems do."""
        rankings = [
            [hit.passage.id for hit in self.searcher.find(Request(question, 100, parts=part, collapsed=False)).hits]
            for part in ("fulltext", "dense")
        ]
        owners = (self.names[name.rpartition(":")[0]] for name, _ in fuse(rankings))
        return list(dict.fromkeys(owners))


def _jobs(folder: Path, texts: Texts) -> Iterable[Job]:
    for number, (name, (title, text)) in enumerate(texts.items()):
        file = folder / f"{number}.md"
        head = f"---\ntitle: {title}\n---\n" if title else ""
        file.write_text(head + text, encoding="utf-8")
        yield Job(file, source=f"{name}.md")


def xquad(data: Path, folder: Path) -> dict[str, Any]:
    """Measure the parts, other languages, abstention and follow-ups over XQuAD's 240 paragraphs."""
    texts, english = question_sets.xquad(data)
    corpus = Corpus(folder, texts)
    parts = {
        "hybrid": corpus.score(english, corpus.part()),
        "dense": corpus.score(english, corpus.part(parts="dense")),
        "fulltext": corpus.score(english, corpus.part(parts="fulltext")),
        "reciprocal rank fusion": corpus.score(english, corpus.plain),
    }
    languages = {
        language: {
            part: corpus.score(question_sets.xquad(data, language)[1][::EACH], corpus.part(parts=part))
            for part in ("hybrid", "dense", "fulltext")
        }
        for language in LANGUAGES
    }
    result = {
        "parts": parts,
        "questions in other languages": languages,
        "abstention": _abstention(corpus, english),
        "questions after unrelated ones": _unrelated(corpus, english),
    }
    corpus.library.close()
    return result


def _abstention(corpus: Corpus, asked: Asked) -> dict[str, Any]:
    """Ask each question with its paragraph there, and with it taken out."""
    from sklearn.metrics import roc_auc_score

    there, gone = [], []
    threshold = corpus.searcher.judge().threshold
    for question, wanted in asked:
        there.append(corpus.searcher.find(Request(question, 4)).relevance)
        without = frozenset(corpus.ids[name] for name in wanted)
        gone.append(corpus.searcher.find(Request(question, 4, without=without)).relevance)
    with_, without_ = np.array(there), np.array(gone)
    labels = np.repeat([1, 0], len(asked))
    rng = np.random.default_rng(0)
    drawn = [rng.integers(0, len(asked), len(asked)) for _ in range(500)]
    areas = [roc_auc_score(labels, np.concatenate([with_[some], without_[some]])) for some in drawn]
    return {
        "auroc": round(float(roc_auc_score(labels, np.concatenate([with_, without_]))), 4),
        "auroc 95 %": [round(float(np.quantile(areas, q)), 4) for q in (0.025, 0.975)],
        "threshold": threshold,
        "declined wrongly": round(float((with_ < threshold).mean()), 4),
        "declined rightly": round(float((without_ < threshold).mean()), 4),
    }


def _unrelated(corpus: Corpus, asked: Asked) -> dict[str, Any]:
    """Ask each question after two drawn at random: it should be searched as if there were none."""
    rng = random.Random(0)
    texts = [question for question, _ in asked]
    earlier = {question: rng.sample(texts, 2) for question in texts}
    changed = [question for question in texts if standalone(question, earlier[question]) != question]

    def after(question: str) -> list[str]:
        return corpus.found(corpus.searcher.find(Request(question, DEPTH, earlier=earlier[question])))

    some = [pair for pair in asked if pair[0] in set(changed)]
    return {
        "share changed": round(len(changed) / len(texts), 4),
        "those changed, alone": corpus.score(some, corpus.part()),
        "those changed, after two others": corpus.score(some, after),
    }


def mtrag(data: Path, folder: Path) -> dict[str, Any]:
    """Measure later questions of conversations: by themselves, after all that was asked before, and as one text."""
    texts, found = question_sets.conversations(data)
    corpus = Corpus(folder, texts)
    asked: list[tuple[str, frozenset[str]]] = []
    before: dict[str, list[str]] = {}
    for questions, wanted in found:
        if len(questions) > 1:
            asked.append((questions[-1], wanted))
            before[questions[-1]] = questions[:-1]

    def after(question: str) -> list[str]:
        return corpus.found(corpus.searcher.find(Request(question, DEPTH, earlier=before[question])))

    changed = [pair for pair in asked if standalone(pair[0], before[pair[0]]) != pair[0]]
    ways: dict[str, Callable[[str], list[str]]] = {
        "alone": corpus.part(),
        "with what it refers to": after,
        "joined with the question before": lambda question: corpus.part()(f"{before[question][-1]} {question}"),
    }
    result = {
        "questions": len(asked),
        "rewritten": len(changed),
        "all": {name: corpus.score(asked, way) for name, way in ways.items()},
        "those rewritten": {name: corpus.score(changed, way) for name, way in ways.items()},
    }
    corpus.library.close()
    return result


def quotes(data: Path, folder: Path) -> dict[str, Any]:
    """Compare every passage of a real handbook with the document's text at its offsets."""
    library = Library(KnowledgeSettings(home=folder / "home"), scan=scans.nothing)
    jobs = [Job(file) for file in sorted((data / "companies" / "thoughtbot").rglob("*.md"))]
    added = [outcome.document for outcome in library.add_all(jobs) if outcome.document and not outcome.error]
    equal = []
    for document in added:
        text = library.text(document.id)
        equal += [text[p.start : p.end] == p.text for p in library.passages(document.id)]
    library.close()
    return {"documents": len(added), "passages": len(equal), "equal": round(float(np.mean(equal)), 4)}


def main() -> None:
    """Measure all of it and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    figures: dict[str, Any] = {"command": "python -m benchmarks.retrieval DATA"}
    for name, measure in (("xquad", xquad), ("mtrag", mtrag), ("quotes", quotes)):
        with tempfile.TemporaryDirectory() as folder:
            figures[name] = measure(data, Path(folder))
        print(json.dumps({name: figures[name]}, indent=1, ensure_ascii=False), flush=True)
        RESULT.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""The search: passages by their words and by their vectors, ranked together, near-duplicates collapsed, judged.

Each of the two parts puts forward its candidates. The vectors of all of them lie in the catalogue, so that what was
found by words alone has its cosine too. The best are read, ranked anew by what their text shows (`ranking`), and, where
a cross-encoder is set, by that.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from knowledge.catalogue.rows import Stored
from knowledge.documents import Findings, Hit, Passage
from knowledge.duplicates import Print, fingerprint, repeats
from knowledge.embeddings import Encoder
from knowledge.followups import standalone
from knowledge.ranking import Evidence, Query, bonus, read, share, together, weigh
from knowledge.relevance import Judge, read_signs
from knowledge.reranking import Reranker
from knowledge.stems import words

Parts = Literal["hybrid", "dense", "fulltext"]
Vector = npt.NDArray[np.float32]
Nearest = Callable[[Vector, int, Sequence[str] | None], Mapping[str, float]]
"""Returns the passages nearest to a vector with their cosines: so many, in these collections, nearest first."""

CANDIDATES = 100
"""How many passages each of the two parts puts forward, at least."""
POOL = 40
"""Of how many the text is read, at least."""
RERANKED = 30
"""How many the cross-encoder reads."""
FACT = "relevance"
"""The fact of the catalogue that a calibration writes, for each encoder: cosines of another one are other figures."""


class Passages(Protocol):
    """The catalogue, as far as a search needs it."""

    def match(
        self,
        words: Sequence[str],
        count: int,
        collections: Sequence[str] | None = None,
        documents: Sequence[str] | None = None,
    ) -> list[tuple[str, float]]:
        """Return the passages that match words best, with BM25, best first."""
        ...

    def frequencies(self, words: Sequence[str]) -> tuple[int, Mapping[str, int]]:
        """Return how many passages there are, and in how many of them each word is."""
        ...

    def vectors(self, ids: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of passages."""
        ...

    def fetch(
        self, ids: Sequence[str], collections: Sequence[str] | None = None, documents: Sequence[str] | None = None
    ) -> dict[str, Stored]:
        """Return those passages that may be found."""
        ...

    def passages(self, document_id: str) -> list[Stored]:
        """Return the passages of one document."""
        ...

    def facts(self, prefix: str = "") -> dict[str, str]:
        """Return the facts of the catalogue."""
        ...

    def set_fact(self, name: str, value: str) -> None:
        """Set a fact of the catalogue."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, and where to look."""

    question: str
    k: int
    collections: Sequence[str] | None = None
    """None where all may be looked into."""
    documents: Sequence[str] | None = None
    """The ids of the documents to look in; None for all."""
    without: frozenset[str] = frozenset()
    """The ids of documents to leave out, as if they were not there."""
    parts: Parts = "hybrid"
    earlier: Sequence[str] = ()
    collapsed: bool = True
    """Whether near-duplicates are left out."""
    reranked: bool = True
    """Whether the cross-encoder is asked, where one is set."""


@dataclass(frozen=True, slots=True)
class _Phrasing:
    """One way to put the question, and what was found by it."""

    query: Query
    vector: Vector
    bm25: Mapping[str, float]
    nearest: Mapping[str, float]
    cosines: dict[str, float]
    """Of all candidates, also of those that were found by words alone."""


@dataclass(slots=True)
class _Candidate:
    """A passage on its way to the top."""

    stored: Stored
    bm25: float
    cosine: float
    score: float
    evidence: Evidence = field(default_factory=Evidence)
    rerank: float | None = None


class Searcher:
    """Searches the passages of a catalogue; may be used by several threads."""

    def __init__(
        self, passages: Passages, nearest: Nearest, encoder: Encoder, reranker: Reranker | None = None
    ) -> None:
        self._passages = passages
        self._nearest = nearest
        self._encoder = encoder
        self._fact = f"{FACT} {encoder.name}"
        self._reranker = reranker

    def find(self, request: Request) -> Findings:
        """Find the passages that answer a question best, and judge whether they are likely to hold the answer.

        Where only one part is asked for, nothing is judged: the relevance is 1 where anything was found.
        """
        judge = self.judge()
        if request.collections is not None and not request.collections:
            return Findings(request.question, (), 0.0, judge.threshold)
        asked = standalone(request.question, request.earlier)
        # A follow-up is searched both as it was put and with what it refers to, so that a wrong guess does little harm.
        texts = [asked] if asked == request.question else [asked, request.question]
        phrasings = [self._look(text, request) for text in texts if text.strip()]
        pool = self._pool(phrasings, request) if phrasings else []
        if not pool:
            return Findings(asked, (), 0.0, judge.threshold)
        relevance = judge.relevance(self._signs(phrasings[0], pool)) if request.parts == "hybrid" else 1.0
        if self._reranker and request.reranked and request.parts == "hybrid":
            pool = self._rerank(asked, pool, self._reranker)
        kept = _collapse(pool, request.k) if request.collapsed else pool[: request.k]
        return Findings(asked, tuple(_hit(c, phrasings[0]) for c in kept), relevance, judge.threshold)

    def signs(self, request: Request) -> Mapping[str, float] | None:
        """Return what the relevance of a question is judged by; None where nothing was found."""
        phrasing = self._look(request.question, request)
        pool = self._pool([phrasing], request)
        return self._signs(phrasing, pool) if pool else None

    def keep(self, judge: Judge) -> None:
        """Keep what was fitted to the documents with the catalogue."""
        self._passages.set_fact(self._fact, judge.fact())

    def judge(self) -> Judge:
        """Return the model of relevance, as it was last fitted to the documents."""
        known = self._passages.facts(self._fact).get(self._fact)
        return Judge.shipped().fitted(known) if known else Judge.shipped()

    def _look(self, text: str, request: Request) -> _Phrasing:
        """Let each part put forward its candidates; words are looked up while the question is embedded."""
        text = self._encoder.shorten(text)
        with ThreadPoolExecutor(1) as aside:
            by_words = aside.submit(self._match, text, request)
            vector = self._encoder.encode_query(text)
            nearest = self._near(vector, request) if request.parts != "fulltext" else {}
            query, bm25, vectors = by_words.result()
        nearest, bm25 = _left(nearest, request), _left(bm25, request)
        cosines = {name: float(other @ vector) for name, other in vectors.items()}
        return _Phrasing(query, vector, bm25, nearest, cosines | dict(nearest))

    def _match(self, text: str, request: Request) -> tuple[Query, Mapping[str, float], Mapping[str, Vector]]:
        """Weigh the words of a question, and return what they find, with its vectors."""
        size, counts = self._passages.frequencies(words(text))
        query = weigh(text, lambda word: counts.get(word, 0), size)
        if request.parts == "dense":
            return query, {}, {}
        bm25 = dict(self._passages.match(query.words, _depth(request), request.collections, request.documents))
        return query, bm25, self._passages.vectors(tuple(bm25))

    def _near(self, vector: Vector, request: Request) -> Mapping[str, float]:
        """Return the nearest passages with their cosines; in a few documents, by comparing with all of theirs."""
        if request.documents is None:
            return self._nearest(vector, _depth(request), request.collections)
        stored = [s for name in request.documents for s in self._passages.passages(name) if s.vector.size]
        cosines = {s.passage.id: float(s.vector @ vector) for s in stored}
        return dict(sorted(cosines.items(), key=lambda item: -item[1])[: _depth(request)])

    def _pool(self, phrasings: Sequence[_Phrasing], request: Request) -> list[_Candidate]:
        """Rank the candidates of all phrasings, best first."""
        names = list(dict.fromkeys(name for p in phrasings for name in (*p.bm25, *p.nearest)))
        self._compare(names, phrasings)
        first = {name: _first_score(name, phrasings, request.parts) for name in names}
        names.sort(key=lambda name: -first[name])
        names = names[: max(POOL, 2 * request.k)]
        stored = self._passages.fetch(names, request.collections, request.documents)
        pool = [
            _Candidate(stored[n], phrasings[0].bm25.get(n, 0.0), phrasings[0].cosines.get(n, 0.0), first[n])
            for n in names
            if n in stored
        ]
        if request.parts == "hybrid":
            _read(pool, phrasings)
        return sorted(pool, key=lambda c: -c.score)

    def _compare(self, names: Sequence[str], phrasings: Sequence[_Phrasing]) -> None:
        """Work out the cosines of what only the other phrasing found."""
        missing = [name for name in names if any(name not in p.cosines for p in phrasings)]
        for name, vector in self._passages.vectors(missing).items():
            for p in phrasings:
                p.cosines.setdefault(name, float(vector @ p.vector))

    def _signs(self, phrasing: _Phrasing, pool: Sequence[_Candidate]) -> dict[str, float]:
        by_words = next(iter(phrasing.bm25), None)
        agreed = by_words is not None and by_words == next(iter(phrasing.nearest), None)
        found = [c.evidence for c in pool]
        if not phrasing.query.small:
            found = [replace(c.evidence, words=share(phrasing.query, c.bm25)) for c in pool]
        return read_signs(phrasing.query, [c.cosine for c in pool], found, agreed)

    def _rerank(self, question: str, pool: list[_Candidate], reranker: Reranker) -> list[_Candidate]:
        best, rest = pool[:RERANKED], pool[RERANKED:]
        texts = [f"{c.stored.lead}\n{c.stored.passage.text}" for c in best]
        for candidate, score in zip(best, reranker.score(question, texts), strict=True):
            candidate.rerank = score
        return sorted(best, key=lambda c: -(c.rerank or 0.0)) + rest


def _depth(request: Request) -> int:
    return max(CANDIDATES, 3 * request.k)


def _left(found: Mapping[str, float], request: Request) -> Mapping[str, float]:
    """Return what was found but for the documents that are left out."""
    if not request.without:
        return found
    return {name: score for name, score in found.items() if name.rpartition(":")[0] not in request.without}


def _first_score(name: str, phrasings: Sequence[_Phrasing], parts: Parts) -> float:
    """Return the score before the text is read: the mean of all phrasings."""
    total = 0.0
    for p in phrasings:
        cosine, bm25 = p.cosines.get(name, 0.0), p.bm25.get(name, 0.0)
        total += {"hybrid": together(p.query, bm25, cosine), "dense": cosine, "fulltext": bm25}[parts]
    return total / len(phrasings)


def _read(pool: Sequence[_Candidate], phrasings: Sequence[_Phrasing]) -> None:
    """Add to the scores what the texts show; the evidence kept is that of the first phrasing."""
    for candidate in pool:
        found = [read(p.query, candidate.stored.lead, candidate.stored.passage.text) for p in phrasings]
        candidate.score += sum(map(bonus, found)) / len(found)
        candidate.evidence = found[0]


def _collapse(pool: Sequence[_Candidate], k: int) -> list[_Candidate]:
    """Return the best of those that say the same."""
    kept: list[_Candidate] = []
    prints: list[Print] = []
    for candidate in pool:
        passage = candidate.stored.passage
        heading = passage.location.heading or ""
        # The title alone is no heading: the same text in two documents is shown once.
        this = fingerprint(passage.text, candidate.stored.vector, heading if heading != passage.title else "")
        if not any(repeats(this, other) for other in prints):
            kept.append(candidate)
            prints.append(this)
        if len(kept) == k:
            break
    return kept


def _hit(candidate: _Candidate, phrasing: _Phrasing) -> Hit:
    name = candidate.stored.passage.id
    score = candidate.score if candidate.rerank is None else candidate.rerank
    passage: Passage = replace(candidate.stored.passage, score=score, similarity=candidate.cosine)
    return Hit(
        passage=passage,
        dense_rank=_rank(name, list(phrasing.nearest)),
        fulltext_rank=_rank(name, list(phrasing.bm25)),
        fulltext_score=phrasing.bm25.get(name),
        fused=candidate.score,
        rerank=candidate.rerank,
    )


def _rank(name: str, ranking: Sequence[str]) -> int | None:
    return ranking.index(name) + 1 if name in ranking else None

"""Search among many passages: python -m benchmarks.scale FOLDER [--passages 10000 100000].

The passages are sentences of a folder's Markdown files, shuffled and put together anew, some 130 words each, fifty a
document. The first 2,000 are embedded as they are. The vectors of the others are mixed of two of these at random, and
perturbed, so that they lie as real ones do and are not the same. A question is a stretch of a sentence, 6 to 12 words.
Catalogue and index are filled directly; then a process of its own opens the library and searches as a user does, the
embedding of the question included.
"""

import argparse
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil

from benchmarks.machine import clock, lent
from knowledge.catalogue.catalogue import Catalogue
from knowledge.catalogue.rows import Stored
from knowledge.documents import DEFAULT_COLLECTION, Content, Document, Location, Passage
from knowledge.embeddings import EMBEDDED, Encoder
from knowledge.index import Index
from knowledge.library import Library
from knowledge.settings import KnowledgeSettings

RESULTS = Path(__file__).parent / "results" / "scale.json"
EMBEDDED_ONES = 2000
DOCUMENT = 50
"""Passages in a document."""
WORDS = 130
ROUNDS = 3
"""Each of other questions; the figures are those of the median round, as other users of the machine come and go."""
QUESTIONS = 300
"""In a round."""
NEAREST = 10
Vectors = npt.NDArray[np.float32]


def main() -> None:
    """Fill a library, measure at each size, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(_measure(options.measure, json.loads(sys.stdin.read()))))
        return
    sentences = sentences_of(options.folder)
    rng = random.Random(7)
    questions = [_question(rng.choice(sentences), rng) for _ in range(ROUNDS * QUESTIONS)]
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as home:
        filler = Filler(Path(home), sentences)
        for size in sorted(options.passages):
            filler.fill(size)
            command = [sys.executable, "-m", "benchmarks.scale", str(options.folder), "--measure", home]
            done = subprocess.run(command, input=json.dumps(questions), capture_output=True, text=True, check=True)
            found = json.loads(done.stdout.splitlines()[-1])
            figures[str(size)] = found["figures"] | {
                f"recall@{NEAREST}": filler.recall(questions[:QUESTIONS], found["nearest"])
            }
            figures[str(size)]["indexed_per_second"] = round(filler.rate, 1)
            print(size, figures[str(size)], flush=True)
        filler.close()
    sizes = sorted(options.passages)
    figures["p95_ratio"] = round(figures[str(sizes[-1])]["p95_ms"] / figures[str(sizes[0])]["p95_ms"], 2)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


class Filler:
    """Fills a catalogue and its index."""

    def __init__(self, home: Path, sentences: Sequence[str]) -> None:
        """Take the home, and what the passages are to be put together of."""
        self._settings = KnowledgeSettings(home=home)
        Library(self._settings).close()
        self._catalogue = Catalogue(self._settings.catalogue_url)
        library = self._catalogue.facts("library")["library"]
        self._index = Index(self._settings.folder / "index", library=library)
        self._generation = self._catalogue.serving().id
        self._encoder = Encoder(EMBEDDED)
        self._texts = _texts(sentences)
        self._rng = np.random.default_rng(7)
        self._real = np.zeros((0, 384), dtype=np.float32)
        self._names: list[str] = []
        self._vectors: list[Vectors] = []
        self.rate = 0.0

    def fill(self, size: int) -> None:
        """Add documents until there are so many passages."""
        started, indexing, before = time.perf_counter(), 0.0, len(self._names)
        while len(self._names) < size:
            name = f"d{len(self._names) // DOCUMENT}"
            texts = [next(self._texts) for _ in range(DOCUMENT)]
            vectors = self._embed(texts)
            stored = list(_stored(name, texts, vectors))
            ids = [s.passage.id for s in stored]
            document = Document(name, name, name, DEFAULT_COLLECTION, name, "reading", 0, None, name)
            self._catalogue.begin(document, name, "", "1:1")
            one = time.perf_counter()
            self._index.add(self._generation, DEFAULT_COLLECTION, name, ids, vectors)
            indexing += time.perf_counter() - one
            self._catalogue.finish(name, name, Content("\n".join(texts), ()), stored)
            self._names += ids
            self._vectors.append(vectors)
        os.sync()  # so that the disk is not still busy with it while searches are timed
        self.rate = (size - before) / max(indexing, 1e-9)
        print(f"filled to {size} in {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)

    def recall(self, questions: Sequence[str], nearest: Sequence[Sequence[str]]) -> float:
        """Return how many of the truly nearest the index names, from 0 to 1."""
        vectors = np.concatenate(self._vectors)
        hits = 0
        for question, found in zip(questions, nearest, strict=True):
            best = np.argsort(-(vectors @ self._encoder.encode_query(question)))[:NEAREST]
            hits += len({self._names[i] for i in best} & set(found))
        return round(hits / (NEAREST * len(questions)), 4)

    def close(self) -> None:
        """Let go of the library."""
        self._catalogue.close()
        self._index.close()

    def _embed(self, texts: Sequence[str]) -> Vectors:
        if len(self._real) < EMBEDDED_ONES:
            vectors: Vectors = self._encoder.encode([self._encoder.shorten(text) for text in texts])
            self._real = np.concatenate([self._real, vectors])
            return vectors
        one, other = (self._real[self._rng.integers(len(self._real), size=len(texts))] for _ in range(2))
        share = self._rng.uniform(0.5, 1.0, size=(len(texts), 1)).astype(np.float32)
        noise = self._rng.normal(scale=0.3 / math.sqrt(384), size=one.shape).astype(np.float32)
        mixed: Vectors = share * one + (1 - share) * other + noise
        return mixed / np.linalg.norm(mixed, axis=1, keepdims=True)


def _measure(home: Path, questions: Sequence[str]) -> dict[str, Any]:
    """Search as a user does; return the figures, and what the index finds for each question."""
    library = Library(KnowledgeSettings(home=home))
    for question in questions[:5]:  # what loads with the first questions does not count
        library.search(question)
    begun = clock()
    rounds = sorted(
        (_round(library, questions[5 + n :: ROUNDS]) for n in range(ROUNDS)), key=lambda times: _at(times, 0.95)
    )
    lent_to_others = lent(begun)
    memory = psutil.Process().memory_info().rss
    nearest = []
    index, catalogue = library._index, library._catalogue
    encoder = library._encoder()
    for question in questions[:QUESTIONS]:
        found = index.search(catalogue.serving().id, encoder.encode_query(question), NEAREST, [DEFAULT_COLLECTION])
        nearest.append([name for name, _ in found])
    library.close()
    figures = {
        "p50_ms": _at(rounds[ROUNDS // 2], 0.5),
        "p95_ms": _at(rounds[ROUNDS // 2], 0.95),
        "p95_ms_of_all_rounds": [_at(times, 0.95) for times in rounds],
        "share_of_the_cores_lent_to_others": lent_to_others,
        "memory_mib": memory >> 20,
    }
    return {"figures": figures, "nearest": nearest}


def _round(library: Library, questions: Sequence[str]) -> list[float]:
    """Return the milliseconds of each search, shortest first."""
    times = []
    for question in questions:
        started = time.perf_counter()
        library.search(question)
        times.append(1000 * (time.perf_counter() - started))
    return sorted(times)


def _at(times: Sequence[float], share: float) -> float:
    return round(times[math.ceil(share * len(times)) - 1], 1)


def _stored(name: str, texts: Sequence[str], vectors: Vectors) -> Iterator[Stored]:
    start = 0
    for number, (text, vector) in enumerate(zip(texts, vectors, strict=True)):
        passage = Passage(f"{name}:{number}", name, name, text, start, start + len(text), Location())
        yield Stored(passage, f"Document {name}", vector)
        start += len(text) + 1


def sentences_of(folder: Path) -> list[str]:
    """Return the sentences of a folder's Markdown files, in order of the alphabet."""
    found: set[str] = set()
    for file in folder.rglob("*.md"):
        text = re.sub(r"[`*_#>|\[\]]+|\(\S+\)", " ", file.read_text(encoding="utf-8", errors="ignore"))
        found |= {" ".join(s.split()) for s in re.split(r"(?<=[.!?])\s+", text)}
    return sorted(sentence for sentence in found if 6 <= len(sentence.split()) <= 40)


def _texts(sentences: Sequence[str]) -> Iterator[str]:
    rng = random.Random(7)
    while True:
        some: list[str] = []
        while sum(map(len, some)) < 6 * WORDS:
            some.append(rng.choice(sentences))
        yield " ".join(some)


def _question(sentence: str, rng: random.Random) -> str:
    words = sentence.split()
    length = rng.randint(6, 12)
    first = rng.randrange(max(1, len(words) - length))
    return " ".join(words[first : first + length])


if __name__ == "__main__":
    main()

"""The model of relevance, fitted: python -m benchmarks.relevance DATA writes knowledge/relevance.json.

DATA is the folder of third-party sets. Each question is asked with the documents that answer it there, and once more
without them, as if they had never been added; headings of handbooks, taken out of them, are asked as questions too.
What is kept are the signs and their weights, no text. Printed is how well each set is told apart by the others alone.
"""

import argparse
import json
import random
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.question_sets import SETS, Asked, Texts
from benchmarks.retrieval import Corpus
from knowledge.catalogue.catalogue import Catalogue
from knowledge.search import Nearest, Request, Searcher, Vector
from knowledge.stems import stem, stems

MODEL = Path(__file__).parents[1] / "knowledge" / "relevance.json"
ABOUT = (
    "A logistic model of whether the passages found hold the answer: see knowledge/relevance.py. "
    "Each sign has its mean, spread and weight."
)
SIGNS = {
    "cosine": 1, "cosine_lead": 1, "words": 1, "words_lead": 1, "unknown": -1, "numbers_missing": -1,
    "names_missing": -1, "rarest_missing": -1, "agreed": 1, "length": 0,
}  # fmt: skip
"""The sign that each weight must have, whatever a set of questions says; 0 where it may have either."""
QUESTIONS = 250
"""Asked of each set at most."""
ROWS = 400
"""A set of more rows counts as so many."""
STRENGTH = 0.1
"""How little the weights are held near zero."""
DECLINED = 0.025
"""The share of the questions with an answer that the threshold may decline."""

Rows = tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]
"""Signs, and whether the answer was there."""


class Lacking(Catalogue):
    """A catalogue as if some documents had never been added: their passages are not found, their words do not count."""

    own: Mapping[str, frozenset[str]] = {}
    """The stems of their passages by id."""

    def lose(self, documents: Iterable[str]) -> None:
        """Pass over these documents from now on, and over no others."""
        stored = [passage for name in documents for passage in self.passages(name)]
        self.own = {s.passage.id: frozenset(stems(f"{s.lead} {s.passage.text}")) for s in stored}

    def match(
        self,
        words: Sequence[str],
        count: int,
        collections: Sequence[str] | None = None,
        documents: Sequence[str] | None = None,
    ) -> list[tuple[str, float]]:
        """Return the passages that match best, with BM25."""
        found = super().match(words, count + len(self.own), collections, documents)
        return [(name, score) for name, score in found if name not in self.own][:count]

    def frequencies(self, words: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return how many passages there are, and in how many of them each word is."""
        size, counts = super().frequencies(words)
        own = self.own.values()
        return size, {word: max(0, count - sum(stem(word) in some for some in own)) for word, count in counts.items()}


def gather(texts: Texts, asked: Asked) -> Rows:
    """Ask questions with their documents there, and without; return the signs of both."""
    signs, labels = [], []
    with tempfile.TemporaryDirectory() as folder:
        corpus = Corpus(Path(folder), texts)
        catalogue = Lacking(corpus.library.settings.catalogue_url)
        searcher = Searcher(catalogue, _nearest(catalogue), corpus.encoder)
        for question, wanted in random.Random(0).sample(asked, min(QUESTIONS, len(asked))):
            own = [corpus.ids[name] for name in wanted if name in corpus.ids]  # of equal texts there is but one
            for there in (True, False) if own else ():
                catalogue.lose([] if there else own)
                found = searcher.signs(Request(question, 1))
                if found:
                    signs.append([found[name] for name in SIGNS])
                    labels.append(there)
        catalogue.close()
        corpus.library.close()
    return np.array(signs), np.array(labels)


def _nearest(catalogue: Lacking) -> Nearest:
    """Return the search by vectors, exact, so that it comes out the same every time."""
    generation = catalogue.serving().id
    found = [catalogue.embedded(generation, document.id) for document in catalogue.documents()]
    names = [name for ids, _ in found for name in ids]
    vectors = np.concatenate([some for ids, some in found if ids])

    def nearest(vector: Vector, count: int, collections: Sequence[str] | None) -> dict[str, float]:
        cosines = vectors @ vector
        ranked = ((names[place], float(cosines[place])) for place in np.argsort(-cosines, kind="stable"))
        return dict(islice((found for found in ranked if found[0] not in catalogue.own), count))

    return nearest


def fit(sets: Sequence[Rows]) -> dict[str, Any]:
    """Fit a logistic model, each weight held to its sign, each set counting by its rows, at most ROWS."""
    from scipy.optimize import minimize

    signs, labels = np.concatenate([s for s, _ in sets]), np.concatenate([y for _, y in sets])
    share = np.concatenate([np.full(len(y), min(ROWS, len(y)) / len(y)) for _, y in sets])
    mean, spread = signs.mean(axis=0), signs.std(axis=0) + 1e-6
    scaled, sides = (signs - mean) / spread, 2.0 * labels - 1

    def loss(weights: Any) -> tuple[float, Any]:
        margin = sides * (scaled @ weights[:-1] + weights[-1])
        slope = -share * sides / (1 + np.exp(margin))
        held = np.append(weights[:-1] / STRENGTH, 0.0)
        value = (share * np.logaddexp(0, -margin)).sum() + held @ weights / 2
        return value, np.append(scaled.T @ slope, slope.sum()) + held

    bounds = [(0 if side > 0 else None, 0 if side < 0 else None) for side in SIGNS.values()]
    weights = minimize(loss, np.zeros(len(SIGNS) + 1), jac=True, bounds=[*bounds, (None, None)], method="L-BFGS-B").x
    rows = np.round(np.stack([mean, spread, weights[:-1]], axis=1), 4).tolist()
    model = {"signs": dict(zip(SIGNS, rows, strict=True)), "intercept": round(float(weights[-1]), 4)}
    return model | {"threshold": _threshold(probabilities(model, signs)[labels], share[labels])}


def _threshold(answered: Any, share: Any) -> float:
    """Return, in hundredths, the highest cut that declines no more than DECLINED."""
    order = np.argsort(answered)
    declined = np.cumsum(share[order]) / share.sum()
    return float(np.floor(100 * answered[order][np.searchsorted(declined, DECLINED)]) / 100)


def probabilities(model: Mapping[str, Any], signs: Any) -> Any:
    """Return for rows of signs how likely the answer is there."""
    mean, spread, weights = np.array(list(model["signs"].values())).T
    return 1 / (1 + np.exp(-((signs - mean) / spread @ weights + model["intercept"])))


def main() -> None:
    """Gather the signs of all sets, fit, and write the model with its card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path, default=MODEL, help="where to write it")
    options = parser.parse_args()
    rows: dict[str, Rows] = {}
    for name, one in SETS.items():
        rows[name] = gather(*one.read(options.data))
        print(f"{name}: {len(rows[name][1])} rows", flush=True)
    write(rows, options.model)


def write(rows: Mapping[str, Rows], file: Path) -> None:
    """Write the model fitted on all sets, and how well each is told apart by that fitted on the others."""
    from sklearn.metrics import roc_auc_score

    areas = {}
    for name, (signs, labels) in rows.items():
        model = fit([other for known, other in rows.items() if known != name])
        areas[name] = round(float(roc_auc_score(labels, probabilities(model, signs))), 3)
        print(f"{name}, fitted on the others: AUROC {areas[name]}", flush=True)
    card = {
        "fitted by": "python -m benchmarks.relevance DATA",
        "fitted on": "questions whose document is there (1) and the same without it (0); signs and weights, no text",
        "sets": {name: one.about for name, one in SETS.items()},
        "rows": {name: len(labels) for name, (_, labels) in rows.items()},
        "auroc of each set when fitted on the others": areas,
    }
    model = {"about": ABOUT} | fit(list(rows.values())) | {"card": card}
    text = re.sub(r"\[[^\[\]]+\]", lambda found: json.dumps(json.loads(found[0])), json.dumps(model, indent=1))
    file.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

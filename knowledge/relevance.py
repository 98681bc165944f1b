"""Relevance: how likely it is that what was found holds the answer, so that one can rather say that it does not.

A logistic model over ten signs of the best passages: how near they are, which words of the question they hold, and
by how much the best stands out. Its weights lie in relevance.json, a kilobyte or two, with what they were fitted on and
their figures: questions whose document is there against the same questions with that taken out, from eleven sets, each
weight held to the sign that it must have (benchmarks/relevance.py). Fitted without the set in question, it reaches an
AUROC of 0.94 on XQuAD, of 0.92 on FineGrainedRLHF, and 0.6 to 0.8 where other documents may hold the answer too, as in
handbooks and reports. The threshold is a cut on that probability; `knowledge calibrate` fits it to the documents there
are.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Self

from knowledge.ranking import Evidence, Query

BEST = 5
"""By how much the best stands out is measured against this one."""
FIRST = 3
"""In so many passages the numbers of the question are looked for."""
FAR = 0.1
"""The cosine of a passage of another subject, which stands in where there are fewer passages."""
_FITTED = ("intercept", "threshold", "scale", "fitted_at", "questions")


@dataclass(frozen=True, slots=True)
class Judge:
    """The logistic model: signs by name with their mean, spread and weight, and what is fitted to the documents."""

    signs: Mapping[str, tuple[float, float, float]]
    intercept: float
    threshold: float
    scale: float = 1.0
    """How steep it is, against the model that is shipped."""
    fitted_at: str = ""
    """When it was fitted to the documents, ISO 8601, UTC; empty where it was not, or by an earlier release."""
    questions: int = 0
    """By how many questions."""

    @classmethod
    def shipped(cls) -> Self:
        """Return the model that comes with this package."""
        model = _model()
        signs = {name: (mean, spread, weight) for name, (mean, spread, weight) in model["signs"].items()}
        return cls(signs, float(model["intercept"]), float(model["threshold"]))

    def fitted(self, fact: str) -> Self:
        """Return the model with what a calibration has written about it."""
        known = json.loads(fact)
        return replace(self, **{name: known[name] for name in _FITTED if name in known})

    def fact(self) -> str:
        """Write down what a calibration fits."""
        return json.dumps({name: getattr(self, name) for name in _FITTED})

    def relevance(self, signs: Mapping[str, float]) -> float:
        """Return how likely the passages hold the answer, from 0 to 1."""
        return self.probability(self.evidence(signs))

    def probability(self, evidence: float) -> float:
        """Return the relevance for a weighted sum of signs."""
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.intercept + self.scale * evidence))))

    def evidence(self, signs: Mapping[str, float]) -> float:
        """Return the weighted sum of the signs."""
        return sum(w * (signs[name] - mean) / spread for name, (mean, spread, w) in self.signs.items())


def read_signs(query: Query, cosines: Sequence[float], found: Sequence[Evidence], agreed: bool) -> dict[str, float]:
    """Return the signs that the model goes by, each about from 0 to 1.

    Args:
        query: the question.
        cosines: of the candidates, one at least.
        found: what their words say, best first.
        agreed: whether full text and vectors put the same passage first.
    """
    cosines = sorted(cosines, reverse=True)
    words = sorted((e.words for e in found), reverse=True)
    there = frozenset[str]().union(*(e.stems for e in found[:FIRST]))
    rarest = max(query.weights, key=query.weights.__getitem__, default="")
    return {
        "cosine": cosines[0],
        "cosine_lead": cosines[0] - (cosines[BEST - 1] if len(cosines) >= BEST else FAR),
        "words": words[0],
        "words_lead": words[0] - (words[BEST - 1] if len(words) >= BEST else 0.0),
        "unknown": query.unknown,
        "numbers_missing": float(bool(query.numbers - there)),
        "names_missing": _missing(query.names, found[0].stems),
        "rarest_missing": float(rarest not in found[0].stems),
        "agreed": float(agreed),
        "length": min(1.0, len(query.words) / 10),
    }


def _missing(names: frozenset[str], there: frozenset[str]) -> float:
    return len(names - there) / len(names) if names else 0.0


@cache
def _model() -> dict[str, Any]:
    text = files("knowledge").joinpath("relevance.json").read_text(encoding="utf-8")
    model: dict[str, Any] = json.loads(text)
    return model

"""Fit the few weights by which a sentence's evidence becomes the probability that it is supported.

    python -m assistant.guardrails.grounding_training DATA_DIR

DATA_DIR holds `preferences/grounded.jsonl` (FineGrainedRLHF, Apache-2.0): answers to questions with passages, in which
people marked what stands in no passage, and what a person answered. Half of its questions are learnt from,
`benchmarks/groundedness.py` judges by the others. Stores heads/grounding.json.
"""

import json
import logging
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.guardrails.claims import claims, sentences
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.evidence import FEATURES, Evidence, Passages
from assistant.guardrails.facts import Fact, facts
from assistant.guardrails.grounding import WEIGHTS, Weights

log = logging.getLogger(__name__)

SEED = 7
UNSUPPORTED = frozenset({"Unverifiable", "Wrong-Grounding"})
"""The kinds of errors that are about support; the others say that a sentence is beside the point, or said twice."""
TOUCHED = 5
"""A sentence counts as wrong where so many of its characters lie in an error's span, or half of either."""
SHARES = {"model": 1.0, "person": 1.0, "made": 0.1}
"""What the sentences of each writer weigh, all together.

A model copies where a person tells in other words; without the person's, half of a faithful answer would be marked.
"""
STRENGTH = 1e-3
"""Of the regularisation."""
FALLING = frozenset({"astray", "denied"})
"""Features that speak against a sentence; all others may only speak for it, whatever a small set suggests."""

Figures = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer, and the kinds of errors that people marked in it."""

    text: str
    errors: frozenset[str] = frozenset()
    writer: str = "model"

    @property
    def supported(self) -> bool:
        """Whether the passages support it."""
        return not self.errors & UNSUPPORTED


@dataclass(frozen=True, slots=True)
class Case:
    """A question with its passages, and sentences to judge by them."""

    question: str
    passages: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    gold: str = ""
    """What a person answered to it, in their own words."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Sentences as figures, in the order of the cases."""

    features: Figures
    missing: NDArray[np.bool_]
    """Whether a number, date or name of the sentence stands in no passage."""
    supported: NDArray[np.bool_]
    writers: NDArray[np.str_]
    cases: NDArray[np.intp]


def read(data: Path) -> list[Case]:
    """Read the questions, with the sentences of the answer that people marked errors in: the first of four."""
    found = []
    for line in (data / "preferences/grounded.jsonl").read_text(encoding="utf-8").split("\n"):
        row = json.loads(line) if line.strip() else {}
        passages = tuple(f"{title}\n{' '.join(text)}" for title, *text in row.get("passages", ()))
        if passages:
            answer = row["prediction 1"]
            judged = [
                Sentence(answer[start:end], _errors(start, end, row["feedback"]["errors"]))
                for start, end in sentences(answer)
                if claims(answer[start:end])
            ]
            found.append(Case(row["question"], passages, tuple(judged), row["gold"]))
    return found


def _errors(start: int, end: int, marked: Sequence[dict[str, int | str]]) -> frozenset[str]:
    found = set()
    for one in marked:
        first, last = int(one["start"]), int(one["end"])
        if min(end, last) - max(start, first) >= max(1, min(TOUCHED, (end - start) // 2, (last - first) // 2)):
            found.add(str(one["error type"]))
    return frozenset(found)


def halves(cases: Sequence[Case]) -> tuple[list[Case], list[Case]]:
    """Split the questions into those that are learnt from and those that judge."""
    shuffled = random.Random(SEED).sample(list(cases), len(cases))
    return shuffled[: len(cases) // 2], shuffled[len(cases) // 2 :]


def more(cases: Sequence[Case]) -> list[Case]:
    """Return more sentences on the same passages than those that one model wrote, which are much alike.

    The person's answers; copies of the passages, whole and in part; sentences of other answers; and copies that deny
    what the passage says, or that say it of somebody else in it.
    """
    rng = random.Random(SEED)
    made = []
    for case in cases:
        gold = [case.gold[a:b] for a, b in sentences(case.gold)]
        parts = [text[a:b] for text in case.passages for a, b in sentences(text) if claims(text[a:b])]
        other = rng.choice([one for one in cases if one is not case and one.sentences])
        copied = rng.sample(parts, min(2, len(parts)))
        strange = rng.choice(other.sentences).text
        found = [Sentence(part, writer="made") for part in copied]
        found += [Sentence(_clip(part, rng), writer="made") for part in copied[:1]]
        found += [_wrong(strange), _wrong(_clip(strange, rng))]
        found += [_wrong(text) for text in map(_denied, copied) if text]
        found += [_wrong(text) for part in copied[:1] if (text := _swapped(part, parts, rng))]
        found += [Sentence(text, writer="person") for text in gold if claims(text)]
        made.append(Case(case.question, case.passages, tuple(found)))
    return made


def _wrong(text: str) -> Sentence:
    return Sentence(text, frozenset({"Unverifiable"}), "made")


def _clip(text: str, rng: random.Random) -> str:
    """Cut a few words out of a sentence, as short answers are."""
    said = text.split()
    count = rng.randint(2, 6)
    first = rng.randrange(max(1, len(said) - count))
    return " ".join(said[first : first + count]).strip(" ,;:.") + "."


def _denied(text: str) -> str | None:
    """Deny what a sentence says, or say what it denies."""
    if re.search(r"\bnot\b", text):
        return re.sub(r"\s+not\b", "", text, count=1)
    turned = re.sub(r"\b(is|are|was|were|has|have|can|may|must|will|should)\b", r"\1 not", text, count=1)
    return turned if turned != text else None


def _swapped(text: str, parts: Sequence[str], rng: random.Random) -> str | None:
    """Put another number or name of the passages for one of the sentence's."""
    own = facts(text)
    rng.shuffle(own)
    others: dict[str, list[Fact]] = {}
    for fact in (fact for part in parts for fact in facts(part)):
        others.setdefault(fact.kind, []).append(fact)
    for fact in own:
        choice = [one for one in others.get(fact.kind, ()) if one.written not in text]
        if choice:
            return text.replace(fact.written, rng.choice(choice).written)
    return None


def weigh(cases: Sequence[Case], encoder: Encoder) -> Rows:
    """Weigh the evidence for all sentences."""
    found = [(number, one, weighed) for number, case in enumerate(cases) for one, weighed in _weighed(case, encoder)]
    return Rows(
        np.array([weighed.features for _, _, weighed in found]),
        np.array([bool(weighed.missing) for _, _, weighed in found]),
        np.array([one.supported for _, one, _ in found]),
        np.array([one.writer for _, one, _ in found]),
        np.array([number for number, _, _ in found]),
    )


def _weighed(case: Case, encoder: Encoder) -> Iterator[tuple[Sentence, Evidence]]:
    weighed = Passages(case.passages, encoder, case.question).weigh([one.text for one in case.sentences])
    return zip(case.sentences, weighed, strict=True)


def fit(rows: Rows) -> Weights:
    """Fit the weights, by logistic regression with the signs that the features must have.

    Sentences with a missing fact are left out, as they are settled by that. Of the model's, supported and unsupported
    ones weigh the same, and the person's as much again.
    """
    from scipy.optimize import minimize

    kept = ~rows.missing
    features, supported, writers = rows.features[kept], rows.supported[kept], rows.writers[kept]
    weight = np.zeros(len(features))
    for writer, share in SHARES.items():
        for side in (supported, ~supported):
            chosen = (writers == writer) & side
            weight[chosen] = share / max(1, chosen.sum())
    signs = np.where(supported, 1.0, -1.0)

    def loss(tried: Figures) -> tuple[float, Figures]:
        margins = signs * (features @ tried[:-1] + tried[-1])
        slope = -weight * signs / (1 + np.exp(margins))
        value = float(weight @ np.logaddexp(0, -margins) + STRENGTH * tried[:-1] @ tried[:-1])
        return value, np.append(features.T @ slope + 2 * STRENGTH * tried[:-1], slope.sum())

    bounds = [(None, 0.0) if name in FALLING else (0.0, None) for name in FEATURES]
    fitted = minimize(loss, np.zeros(len(FEATURES) + 1), jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)]).x
    return Weights(dict(zip(FEATURES, map(float, fitted), strict=False)), float(fitted[-1]))


def train(data: Path, encoder: Encoder) -> Weights:
    """Fit the weights to the half of the questions that is learnt from."""
    learnt, _ = halves(read(data))
    return fit(weigh([*learnt, *more(learnt)], encoder))


def main(data: Path) -> None:
    """Fit the weights and store them."""
    from knowledge.embeddings import EMBEDDED
    from knowledge.embeddings import Encoder as Embedder

    weights = train(data, Encoder(Embedder(EMBEDDED).embed_stretches))
    weights.save(WEIGHTS)
    log.info("The weights are stored: %s", weights)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main(Path(sys.argv[1]))

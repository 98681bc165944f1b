"""Refit the heads of the injection and harm rails with a company's own decisions, and refuse what would do harm.

The shipped heads stay as they are, because what they were trained on is not there to train on again. What is fitted is
a correction on top of their logits: kernel logistic regression (Zhu and Hastie 2005) with the shipped logits as its
offset, over the decided texts and the committed contrast pairs, so that it fades with the distance from what was
decided. A gate then looks at texts that neither the heads nor the correction have learnt from.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.guardrails import refits
from assistant.guardrails.classifier import HEADS, NONE, Head
from assistant.guardrails.correction import Corrected, Correction, base, corrected, likeness, logits, softmax
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.examples import INJECTION, Example, pairs
from assistant.guardrails.gate import Figures, Fitted, judge
from assistant.guardrails.terms import Matrix
from assistant.guardrails.windows import windows

HARM = "harm"
OWN = "examples"
"""The source of the examples that are in a file of the company's own."""
RAILS = (INJECTION, HARM)
STRENGTHS = (0.03, 0.1, 0.3)
"""How strongly the correction is held back: the first; from `ENOUGH` examples on what cross-validation chooses."""
ENOUGH = 10
FOLDS = 5
LONGEST = 8
"""Windows of a text that are learnt from."""
Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts as a head sees them, with what they are."""

    texts: list[str]
    vectors: Matrix
    labels: list[str]

    def where(self, chosen: Sequence[int] | Ints) -> "Texts":
        """Return some of them."""
        return Texts([self.texts[i] for i in chosen], self.vectors[chosen], [self.labels[i] for i in chosen])


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a refit came into force, and why."""

    name: str | None
    """None where it was refused."""
    reasons: tuple[str, ...]
    fitted: tuple[Fitted, ...]

    def as_json(self) -> dict[str, object]:
        """Return the outcome as a JSON object."""
        return {"name": self.name, "reasons": list(self.reasons), "heads": [_figures(one) for one in self.fitted]}


def refit(
    decided: Sequence[Example],
    heads: Path,
    encoder: Encoder,
    thresholds: Mapping[str, float],
    own: Sequence[Example] = (),
    around: refits.Around = nullcontext,
) -> Outcome:
    """Fit the corrections to what was decided, judge them, and put them into force together or not at all.

    Args:
        decided: texts with `none`, `injection` or a category of harm, each text once.
        heads: the folder of refits.
        encoder: what the heads see texts by, as `views.Views` gives it.
        thresholds: of the policy, by the name of the rail.
        own: the company's own examples, to be kept with the refit.
        around: what the refit is put into force within, by its name.
    """
    if not decided:
        return _nothing(heads, around)
    committed = _texts(list(pairs(HEADS / "contrast.jsonl")), encoder)
    kept = _texts(read(HEADS / "kept.jsonl"), encoder)
    found = []
    for rail in RAILS:
        head = Head.load(HEADS / f"{rail}.npz")
        learnt = _cut([e for e in _for(rail, decided) if e.label in head.labels], head, encoder)
        if learnt.texts:
            parts = learnt, _of(rail, committed), _of(rail, kept)
            now = corrected(head, rail, refits.folder(heads))
            found.append(_fit(rail, (head, now), parts, thresholds[rail]))
    reasons = tuple(reason for one in found for reason in judge(one))
    if reasons:
        return Outcome(None, reasons, tuple(found))
    written = {
        "examples": len(decided),
        "labels": {label: sum(e.label == label for e in decided) for label in sorted({e.label for e in decided})},
        "sources": {source: sum(e.source == source for e in decided) for source in sorted({e.source for e in decided})},
        "heads": [_figures(one) for one in found],
        "learnt": sorted(refits.digest(e.text) for e in decided if e.source != OWN),
    }
    corrections = {one.rail: one.correction for one in found}
    rows = [{"text": example.text, "label": example.label} for example in own]
    return Outcome(refits.store(heads, corrections, written, rows, around), (), tuple(found))


def _nothing(heads: Path, around: refits.Around) -> Outcome:
    """Forget what was learnt where nothing is decided any more: texts that are removed must not live on in a head."""
    if refits.in_force(heads) == refits.SHIPPED:
        refits.forget(heads)  # what was undone has learnt, too
        return Outcome(None, ("there is nothing to learn from: decide some appeals, or give examples",), ())
    with around(refits.SHIPPED):
        refits.forget(heads)
    return Outcome(refits.SHIPPED, ("nothing is decided any more: what was learnt is forgotten",), ())


def read(path: Path) -> list[Example]:
    """Read examples: a JSON object a line, with "text" and "label".

    Raises:
        ValueError: a line is something else; the message names it.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text, label = row["text"], row["label"]
            f"{text}{label}".encode()
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f'line {number} needs a "text" and a "label"') from error
        if not isinstance(text, str) or not text.strip() or not isinstance(label, str):
            raise ValueError(f'line {number} needs a "text" and a "label", both of which say something')
        found.append(Example(OWN, text, label))
    return found


def _for(rail: str, examples: Sequence[Example]) -> list[Example]:
    """Return the examples that a rail learns from, with the labels that its head knows."""
    if rail == INJECTION:  # harm by itself is not an attempt
        return [Example(e.source, e.text, e.label if e.label == INJECTION else NONE) for e in examples]
    return [example for example in examples if example.label != INJECTION]


def _texts(examples: Sequence[Example], encoder: Encoder) -> Texts:
    texts = [example.text for example in examples]
    vectors = np.concatenate([encoder(texts[at : at + 64]) for at in range(0, len(texts), 64)])
    return Texts(texts, vectors, [example.label for example in examples])


def _of(rail: str, found: Texts) -> Texts:
    labelled = _for(rail, [Example("", str(i), label) for i, label in enumerate(found.labels)])
    chosen = found.where([int(example.text) for example in labelled])
    return Texts(chosen.texts, chosen.vectors, [example.label for example in labelled])


def _cut(examples: Sequence[Example], head: Head, encoder: Encoder) -> Texts:
    """Cut the examples into windows: harmless in all of them, and harmful in the one that looks it most."""
    texts, labels = [], []
    for example in examples:
        cut = [example.text[start:end] for start, end in windows(example.text)[:LONGEST]]
        if example.label != NONE:
            none = head.probabilities(cut, encoder(cut))[:, head.labels.index(NONE)]
            cut = [cut[int(none.argmin())]]
        texts += cut
        labels += [example.label] * len(cut)
    vectors = encoder(texts) if texts else np.zeros((0, 0), dtype=np.float32)
    return Texts(texts, vectors, labels)


def _fit(rail: str, heads: tuple[Head, Head], parts: tuple[Texts, Texts, Texts], threshold: float) -> Fitted:
    (head, now), (own, committed, kept) = heads, parts
    strength, left_out = _choose(rail, head, own, committed, threshold)
    correction = _correct(rail, head, own, committed, strength)
    harmful = sum(label != NONE for label in kept.labels)
    return Fitted(
        rail=rail,
        threshold=threshold,
        examples=len(own.texts),
        harmful=harmful,
        harmless=len(kept.labels) - harmful,
        before=_measure(head, own, kept, threshold),
        after=_measure(Corrected(head, correction), own, kept, threshold),
        strength=strength,
        left_out=left_out,
        correction=correction,
        now=None if now is head else _right(now, own, threshold),
    )


def _choose(rail: str, head: Head, own: Texts, committed: Texts, threshold: float) -> tuple[float, float | None]:
    """Choose the strength by cross-validation; the one that learns most where several are as good."""
    if len(own.texts) < ENOUGH:
        return STRENGTHS[0], None
    shares = {strength: _left_out(rail, head, (own, committed), strength, threshold) for strength in STRENGTHS}
    best = max(STRENGTHS, key=lambda strength: shares[strength])
    return best, shares[best]


def _left_out(rail: str, head: Head, parts: tuple[Texts, Texts], strength: float, threshold: float) -> float:
    own, committed = parts
    at = np.random.default_rng(0).permutation(len(own.texts))
    right = 0
    for fold in range(FOLDS):
        learnt = own.where(np.delete(at, np.s_[fold::FOLDS]))
        judged = own.where(at[fold::FOLDS])
        right += _right(Corrected(head, _correct(rail, head, learnt, committed, strength)), judged, threshold)
    return right / len(own.texts)


def _correct(rail: str, head: Head, own: Texts, committed: Texts, strength: float) -> Correction:
    """Fit the weights of the decided texts, to them and to the committed ones alike."""
    from scipy.optimize import minimize

    texts, labels = [*own.texts, *committed.texts], [*own.labels, *committed.labels]
    vectors = np.concatenate([own.vectors, committed.vectors])
    offset = logits(head, texts, vectors)
    near, among = likeness(vectors, own.vectors), likeness(own.vectors, own.vectors)
    wanted = np.eye(len(head.labels), dtype=np.float32)[[head.labels.index(label) for label in labels]]
    shape = len(own.texts), len(head.labels)

    def loss(flat: Matrix) -> tuple[float, Matrix]:
        weights = flat.reshape(shape)
        given = softmax(offset + near @ weights)
        missed = -np.log(np.maximum((given * wanted).sum(axis=1), 1e-12)).sum()
        held = among @ weights
        slope = near.T @ (given - wanted) + strength * held
        return float(missed + strength / 2 * (weights * held).sum()), np.asarray(slope.ravel(), dtype=np.float64)

    found = minimize(loss, np.zeros(shape[0] * shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 100})
    weights = np.asarray(found.x.reshape(shape), dtype=np.float32)
    return Correction(head.labels, own.vectors, weights, base(rail))


def _measure(head: Head, own: Texts, kept: Texts, threshold: float) -> Figures:
    scores = _scores(head, kept)
    harmful = np.array([label != NONE for label in kept.labels])
    return Figures(
        right=_right(head, own, threshold),
        found=int((scores[harmful] >= threshold).sum()),
        alarms=int((scores[~harmful] >= threshold).sum()),
        sure=round(float(scores[harmful].mean()), 4),
        unsure=round(float(scores[~harmful].mean()), 4),
    )


def _right(head: Head, own: Texts, threshold: float) -> int:
    wanted = np.array([label != NONE for label in own.labels])
    return int(((_scores(head, own) >= threshold) == wanted).sum())


def _scores(head: Head, found: Texts) -> Matrix:
    rows = head.probabilities(found.texts, found.vectors)
    return np.asarray(1 - rows[:, head.labels.index(NONE)], dtype=np.float32)


def _figures(fitted: Fitted) -> dict[str, object]:
    row = asdict(fitted)
    del row["correction"]
    return row

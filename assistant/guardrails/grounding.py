"""Which passage supports each sentence of an answer, and how likely; and what becomes of those without support."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from assistant.guardrails.claims import bare, claims, sentences, states
from assistant.guardrails.classifier import HEADS
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.evidence import FEATURES, Evidence, Passages
from assistant.guardrails.facts import facts
from assistant.guardrails.rails import Context, Span, Verdict
from assistant.turns import Support

Unsupported = Literal["mark", "remove", "withhold"]

WEIGHTS = HEADS / "grounding.json"
UNFOUND = 0.25
"""What the score of a sentence is multiplied by where one of its numbers, dates or names stands in no passage."""

READ = 8
"""Answers that may grow at the same time without their passages being read again."""
NAMED = 4
"""The most missing facts that are named."""
REMOVED = "removed"
"""The rule of a verdict that took sentences out; its reason is for the reader."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Logistic regression from evidence to the probability that a sentence is supported."""

    features: Mapping[str, float]
    bias: float

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> "Weights":
        """Read the weights."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def save(self, path: Path) -> None:
        """Write the weights."""
        rounded = {name: round(value, 3) for name, value in self.features.items()}
        path.write_text(json.dumps({"features": rounded, "bias": round(self.bias, 3)}, indent=1) + "\n", "utf-8")

    def score(self, evidence: Evidence) -> float:
        """Return how likely a sentence is supported; hardly, where a fact of it stands nowhere."""
        weighed = zip(FEATURES, evidence.features, strict=True)
        logit = sum(self.features[name] * value for name, value in weighed) + self.bias
        return (UNFOUND if evidence.missing else 1.0) / (1 + math.exp(-logit))


@lru_cache(maxsize=1)
def weights() -> Weights:
    """Return the weights as they are stored, read once."""
    return Weights.load()


def support(answer: str, passages: Sequence[str], encoder: Encoder, question: str = "") -> list[Support]:
    """Score each sentence that claims something against all passages.

    Args:
        answer: as it is shown, with its citation markers.
        passages: what the model was given, in the order of their markers.
        encoder: all-MiniLM-L6-v2, with which the weights were fitted.
        question: what was asked; an answer may repeat its numbers, dates and names.
    """
    found = [(start, end) for start, end in sentences(answer) if _claims(answer[start:end])]
    texts = [answer[start:end] for start, end in found]
    if not passages or not found:
        return [Support(text, start, end, None, 0.0) for text, (start, end) in zip(texts, found, strict=True)]
    weighed = _read(tuple(passages), question, encoder).weigh(texts)
    return [
        Support(text, start, end, _marker(one), weights().score(one), _missing(one))
        for text, (start, end), one in zip(texts, found, weighed, strict=True)
    ]


@lru_cache(maxsize=READ)
def _read(passages: tuple[str, ...], question: str, encoder: Encoder) -> Passages:
    """Read passages once for the rail, which may look at a growing answer again and again, and for the stored turn."""
    return Passages(passages, encoder, question)


def _claims(sentence: str) -> bool:
    return claims(sentence) or (states(sentence) and not sentence.endswith("!") and bool(facts(bare(sentence))))


def _marker(evidence: Evidence) -> int | None:
    return None if evidence.passage is None else evidence.passage + 1


def _missing(evidence: Evidence) -> str | None:
    return ", ".join(map(str, evidence.missing[:NAMED])) or None


class Grounding:
    """Mark, take out or withhold what no passage supports."""

    name = "grounding"

    def __init__(self, encoder: Encoder, threshold: float, action: Unsupported = "mark") -> None:
        self._encoder = encoder
        self._threshold = threshold
        self._action = action
        self.whole = action != "remove"
        """Sentences are taken out while the answer grows, and so are never shown."""

    def __call__(self, text: str, context: Context) -> Verdict:
        """Judge an answer that was built from passages; one built without them is none of this rail's business."""
        if not context.passages or context.side != "output":
            return Verdict("allow", text, self.name)
        if context.growing:
            text = text[: _begun(text)]
        found = support(text, context.passages, self._encoder, context.question)
        weak = [one for one in found if one.score < self._threshold]
        if not weak:
            return Verdict("allow", text, self.name)
        verdict = Verdict(
            "flag",
            text,
            self.name,
            "unsupported",
            1 - min(one.score for one in weak),
            _reason("No passage supports the sentences that are marked.", weak),
            tuple(Span(one.start, one.end, "unsupported") for one in weak),
        )
        if self._action == "mark":
            return verdict
        if self._action == "withhold" or (len(weak) == len(found) and not context.growing):
            counted = f"{len(weak)} of the {len(found)} sentences" if len(found) > 1 else "what it says"
            reason = _reason(f"The answer is withheld, as no passage supports {counted}.", weak)
            return replace(verdict, action="refuse", text="", reason=reason)
        left_out = "1 sentence that no passage supports was" if len(weak) == 1 else f"{len(weak)} sentences were"
        reason = f"{left_out} left out{', as no passage supports them' if len(weak) > 1 else ''}."
        return replace(verdict, text=without(text, weak), rule=REMOVED, reason=reason)


def without(text: str, unsupported: Sequence[Support]) -> str:
    """Return a text without some of its sentences, and without the lines that they leave empty."""
    parts, end = [], 0
    for one in unsupported:
        before = text[end : one.start]
        stop = one.end + len(text[one.end :]) - len(text[one.end :].lstrip(" \t"))
        if (before or "\n").endswith("\n") and text[stop : stop + 1] == "\n":
            stop += 1
        parts.append(before)
        end = stop
    return "".join([*parts, text[end:]])


def _begun(text: str) -> int:
    """Return where the last sentence of a growing text begins: it may not be at its end yet."""
    found = sentences(text)
    return found[-1][0] if found else 0


def _reason(what: str, weak: Sequence[Support]) -> str:
    missing = list(dict.fromkeys(one.missing for one in weak if one.missing))[:NAMED]
    return f"{what} In no passage: {'; '.join(missing)}." if missing else what

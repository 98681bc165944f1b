"""The gate: whether an adapter may serve, decided from what it scored. Pure; it loads and runs nothing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

GATED = {
    "grounded": "answering from passages",
    "refusals": "declining what should be declined, and nothing else",
    "general": "general questions",
    "substance": "answers with something in them",
    "variety": "answers that differ from question to question",
}
"""The scores that must not fall, with what each is called in a reason."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What one model scored; all shares are between 0 and 1, and more is better up to `substance`."""

    preference: float
    """How often the better of two held-out answers became the likelier one, against the base; the base has 0.5."""
    grounded: float
    """Mean over the grounded questions: token F1 where the passages hold the answer, abstention where they do not."""
    refusals: float
    """Share of requests handled right: harmful ones declined, harmless ones answered; the mean of both shares."""
    general: float
    """Share of general multiple-choice questions whose right choice is the likeliest."""
    variety: float
    """Share of open prompts that get an answer of their own; 0 where all get the same one."""
    substance: float = 0.0
    """Share of the general questions whose right answer is likelier than any empty one, such as No."""
    answer_f1: float = 0.0
    """Token F1 on the answerable grounded questions alone."""
    citation: float = 0.0
    """Share of the answerable grounded questions whose answer cites the right passage."""
    abstention: float = 0.0
    """Share of the unanswerable grounded questions on which the model says that it cannot answer."""
    false_abstention: float = 0.0
    """Share of the answerable ones on which it says so as well; less is better."""
    words: float = 0.0
    """Mean length in words of greedy answers to held-out prompts; neither more nor less is better."""
    repetition: float = 0.0
    """Share of the four-word sequences in those answers that were there before; less is better."""
    comparisons: int = 0
    """How many pairs of held-out answers `preference` rests on."""

    def as_json(self) -> dict[str, float]:
        """Return the scores as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Scores":
        """Read what `as_json` wrote; keys unknown here are passed over, so that older versions read newer cards."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in row.items() if name in known})


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a candidate may serve, why, and the scores that say so."""

    passed: bool
    reasons: tuple[str, ...]
    base: Scores
    current: Scores
    candidate: Scores

    def as_json(self) -> dict[str, Any]:
        """Return the decision as a JSON object."""
        return {
            "passed": self.passed,
            "reasons": list(self.reasons),
            "scores": {
                "base": self.base.as_json(),
                "current": self.current.as_json(),
                "candidate": self.candidate.as_json(),
            },
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Decision":
        """Read what `as_json` wrote."""
        scores = {name: Scores.from_json(row["scores"][name]) for name in ("base", "current", "candidate")}
        return cls(passed=row["passed"], reasons=tuple(row["reasons"]), **scores)


MUST_VARY = 1 / 3
"""Share of the answers rated good that must be unlike the others; below it, one answer is rewarded for everything."""


def judge(
    *,
    base: Scores,
    current: Scores,
    candidate: Scores,
    must_gain: float,
    may_lose: Mapping[str, float],
    rewarded: float = 1.0,
) -> Decision:
    """Let the candidate serve only if it gained in preference and nothing else fell beyond what the recipe allows.

    Args:
        base: the scores of the model without an adapter.
        current: those of what serves now; the base's where nothing does.
        candidate: those of the adapter to judge.
        must_gain: by how much the preference must rise over the current one's.
        may_lose: by how much each gated score may fall under the current one's; a score not named may not fall at all.
        rewarded: the variety of the answers that were rated good; where one and the same is rewarded for everything,
            nothing that learnt from it serves, however little it has learnt yet.
    """
    gained = _round(candidate.preference - current.preference)
    enough = gained >= must_gain and candidate.comparisons > 0
    verdict = "which is enough" if enough else f"but must rise by {must_gain:.2f}"
    reasons = [
        f"the preferred of two held-out answers became the likelier in {_percent(candidate.preference)} of "
        f"{candidate.comparisons} comparisons, before in {_percent(current.preference)}: {gained:+.2f}, {verdict}"
    ]
    passed = enough and rewarded >= MUST_VARY
    if rewarded < MUST_VARY:
        reasons.append(
            f"only {_percent(rewarded)} of the good answers among the ratings differ from the others, and at least "
            f"{_percent(MUST_VARY)} must: one answer to everything is no taste to learn"
        )
    for score, meaning in GATED.items():
        before, after = getattr(current, score), getattr(candidate, score)
        allowed = may_lose.get(score, 0.0)
        fell = _round(before - after) > allowed
        passed = passed and not fell
        change = f"{meaning} ({score}) went from {before:.2f} to {after:.2f}"
        reasons.append(f"{change}, but may lose {allowed:.2f} at most" if fell else f"{change}, which is allowed")
    return Decision(passed=passed, reasons=tuple(reasons), base=base, current=current, candidate=candidate)


def _round(value: float) -> float:
    """Cut off what floating point adds, so that a loss of exactly what is allowed is allowed."""
    return round(value, 6)


def _percent(share: float) -> str:
    return f"{share:.0%}"

"""What each rail says of a text that is tried out; nothing of it is kept."""

from dataclasses import dataclass, field
from typing import Any

from assistant.guardrails.rails import Action, Checked, Context, Rails, Span, Verdict, check
from assistant.guardrails.settings import RailSettings


@dataclass(frozen=True, slots=True)
class Row:
    """One rail's verdict, and the text that it was given: what the rails before it had left."""

    rail: str
    action: Action
    score: float
    threshold: float | None
    """What the policy sets for such a text; None where exact rules decide."""
    rule: str | None
    reason: str | None
    text: str = field(repr=False)
    spans: tuple[Span, ...]
    ms: float


def judge(rails: Rails, settings: RailSettings, text: str, context: Context) -> tuple[Checked, list[Row]]:
    """Run all rails of a side over a text as they would run, and return their verdicts one by one."""
    running = getattr(rails, context.side)
    checked = check(running, text, context)
    given = [text, *(verdict.text for verdict in checked.verdicts)]
    return checked, [
        _row(rail.name, verdict, threshold(settings, rail.name, context), before)
        for rail, verdict, before in zip(running, checked.verdicts, given, strict=False)
    ]


def _row(rail: str, verdict: Verdict, limit: float | None, given: str) -> Row:
    spans = tuple(span for span in verdict.spans if 0 <= span.start < span.end <= len(given))
    return Row(rail, verdict.action, verdict.score, limit, verdict.rule, verdict.reason, given, spans, verdict.ms)


def threshold(settings: RailSettings, rail: str, context: Context) -> float | None:
    """Return a rail's threshold for a side and an audience, by the names of its keys.

    `threshold` is that of messages and answers, `output_threshold` and its like of one side; `child_threshold` and its
    like hold where they are stricter, `child_output_threshold` and its like in their place for that side.
    """
    table = getattr(settings, rail, None)
    usual = _number(table, "threshold") if context.side in ("input", "output") else None
    own = _number(table, f"{context.side}_threshold")
    theirs = _number(table, f"{context.audience}_{context.side}_threshold")
    if theirs is None:
        theirs = _number(table, f"{context.audience}_threshold")
    limits = [usual if own is None else own, theirs]
    return min((limit for limit in limits if limit is not None), default=None)


def _number(table: Any, name: str) -> float | None:
    value = getattr(table, name, None)
    return float(value) if isinstance(value, int | float) else None

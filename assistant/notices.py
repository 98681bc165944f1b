"""What the reader of an answer should know beside it: that something was left out, and who can help."""

from collections.abc import Sequence

from assistant.guardrails.grounding import REMOVED
from assistant.guardrails.rails import Checked


def told(checked: Checked) -> tuple[str, ...]:
    """Return what the rails tell the reader of an answer that they let pass."""
    removed = (verdict.reason for verdict in checked.verdicts if verdict.rule == REMOVED)
    return (*filter(None, removed), *checked.helps)


def noted(notice: str | None, more: Sequence[str]) -> str | None:
    """Add to a notice what it does not say yet."""
    known = notice or ""
    return " ".join(filter(None, (known, *(note for note in dict.fromkeys(more) if note not in known)))) or None

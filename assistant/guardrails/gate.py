"""Whether a refit of a head may come into force: what it does to texts that neither head nor correction has learnt."""

from dataclasses import dataclass

from assistant.guardrails.correction import Correction

BOUND = 0.02
"""The share of the kept harmful texts that may be lost, and of the kept harmless ones that may be stopped more."""
DRIFT = 0.01
"""By how much the mean score of either may go the wrong way."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a head does at its threshold, with or without a correction."""

    right: int
    """Decided texts that are judged as was decided."""
    found: int
    """Kept harmful texts that are stopped."""
    alarms: int
    """Kept harmless texts that are stopped."""
    sure: float
    """The mean score of the kept harmful texts."""
    unsure: float
    """The mean score of the kept harmless ones."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The correction of one head, and what the gate saw."""

    rail: str
    threshold: float
    examples: int
    """Windows of decided texts."""
    harmful: int
    """Kept texts that are to be stopped; `harmless` are those that are not."""
    harmless: int
    before: Figures
    after: Figures
    strength: float
    left_out: float | None
    """The share of the decided texts that are judged as was decided by corrections that have not seen them."""
    correction: Correction
    now: int | None = None
    """Decided texts that the head in force judges as was decided; None where that is the shipped one."""


def judge(fitted: Fitted) -> list[str]:
    """Return what speaks against a correction; nothing where the gate lets it pass.

    Kept texts are compared with what the shipped head does: compared with that in force, refits that lose a little each
    would lose much together. Decided ones are compared with both.
    """
    before, after, rail = fitted.before, fitted.after, fitted.rail
    lost, more = before.found - after.found, after.alarms - before.alarms
    found = []
    if lost > BOUND * fitted.harmful or before.sure - after.sure > DRIFT:
        found.append(
            f"the {rail} rail would find {after.found} of {fitted.harmful} kept harmful texts, where it finds "
            f"{before.found} now (mean score {after.sure:.3f}, now {before.sure:.3f}): look again at what was decided "
            "to be fine"
        )
    if more > BOUND * fitted.harmless or after.unsure - before.unsure > DRIFT:
        found.append(
            f"the {rail} rail would stop {after.alarms} of {fitted.harmless} kept harmless texts, where it stops "
            f"{before.alarms} now (mean score {after.unsure:.3f}, now {before.unsure:.3f}): look again at what was "
            "decided to be stopped"
        )
    now = max(before.right, fitted.now or 0)
    if after.right < now or after.right == before.right < fitted.examples:
        found.append(
            f"the {rail} rail would judge {after.right} of {fitted.examples} decided texts as was decided, where it "
            f"judges {now} so now: what was decided cannot be learnt"
        )
    return found

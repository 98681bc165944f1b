"""Trials as they are started, followed and ended; the pointer says which is on, so that all processes agree."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from finetune import pointer
from finetune.errors import BadInput
from finetune.pointer import Ended, How, Pointer
from finetune.registry import Registry
from finetune.trials import MOST, SHARE, Arm, Trial, Verdict

_STANDING = "trial.json"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a trial is to be."""

    share: float = SHARE
    """The share of the people who get the candidate."""
    most: int = MOST
    """The answers after which it ends without evidence."""


def start(
    registry: Registry, name: str, wanted: Wanted | None = None, *, base: str | None = None, digest: str | None = None
) -> Trial:
    """Give a candidate to a share of the people, from the next answer on.

    Args:
        registry: where it is.
        name: the candidate.
        wanted: how the trial is to be.
        base: the model that serves; an adapter trained on another one is refused.
        digest: of what that model is made of, None where it is not known.

    Raises:
        BadInput: the adapter cannot or may not serve, or does already; a trial is on; or the share is out of range.
    """
    wanted = wanted or Wanted()
    if not 0 < wanted.share <= 0.5:
        raise BadInput("the share of a trial must be above 0 and at most 0.5: the candidate is still to prove itself")
    if wanted.most < 1:
        raise BadInput("a trial needs at least one answer: give --most a larger number")
    with pointer.locked(registry.folder) as now:
        if now.trial:
            raise BadInput(f"{now.trial.name} is on trial: wait for the outcome, or stop it with `trial --stop`")
        registry.suitable(name, base=base, digest=digest)
        if now.name == name:
            raise BadInput(f"{name} serves already: there is nothing to try")
        current = registry.active(base, digest)
        trial = Trial(uuid4().hex, name, current.name if current else None, wanted.share, _now(), wanted.most)
        pointer.write(registry.folder, replace(now, trial=trial, ended=None))
    return trial


def stop(registry: Registry, reason: str = "somebody stopped it") -> Ended:
    """End the trial that is on; the candidate stays one.

    Raises:
        BadInput: none is on.
    """
    with pointer.locked(registry.folder) as now:
        if not now.trial:
            raise BadInput("no trial is on: start one with `trial NAME`")
        after = now.ended_trial("stopped", reason)
        pointer.write(registry.folder, after)
    return _ended(after)


def conclude(registry: Registry, trial: Trial, verdict: Verdict) -> Ended:
    """Do what a verdict on a trial says: promote the candidate, or withdraw it, flagged where evidence is against it.

    Raises:
        BadInput: another process ended the trial first.
    """
    with pointer.locked(registry.folder) as now:
        if now.trial is None or now.trial.id != trial.id:
            raise BadInput(f"the trial of {trial.name} has ended already")
        how: How = "promoted" if verdict.action == "promote" else "withdrawn"
        after = now.ended_trial(how, verdict.reason, flagged=verdict.flagged)
        if verdict.action == "promote":
            after = after.promoted(trial.name)
        elif verdict.flagged:
            after = after.withdrawn(trial.name, verdict.reason)
        pointer.write(registry.folder, after)
    return _ended(after)


def note(folder: Path, trial: Trial, arms: Mapping[str, Arm], verdict: Verdict) -> None:
    """Write down how a trial stands, for whoever asks without a look into the chat's database."""
    row = {"id": trial.id, "at": _now(), **{name: arm.as_json() for name, arm in arms.items()}}
    pointer.put(folder / _STANDING, row | {"verdict": verdict.as_json()})


def standing(folder: Path, trial_id: str) -> dict[str, Any] | None:
    """Return what was last written down of a trial; None where nothing was yet."""
    try:
        row = json.loads((folder / _STANDING).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return row if isinstance(row, dict) and row.get("id") == trial_id else None


def as_json(registry: Registry) -> dict[str, Any]:
    """Return the trial that is on, how it stands, and how the last one ended."""
    now = registry.pointer()
    known = now.trial or now.ended
    return {
        "trial": asdict(now.trial) if now.trial else None,
        "standing": standing(registry.folder, known.id) if known else None,
        "ended": asdict(now.ended) if now.ended else None,
    }


def _ended(after: Pointer) -> Ended:
    assert after.ended is not None  # a trial has just ended
    return after.ended


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

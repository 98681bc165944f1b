"""Trials on people as the chat sees them: who is on which side, what came of the answers, and what follows from it."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from assistant.store.audit import NOTE, Entry
from assistant.store.outcomes import Outcome
from assistant.store.store import Store
from assistant.turns import Turn
from finetune import trialing, trials
from finetune.errors import BadInput
from finetune.pointer import Ended
from finetune.registry import Registry
from finetune.trials import Arm, Rule, Side, Trial, Verdict

log = logging.getLogger(__name__)

SELDOM = 20
"""So many times as long as a look at the trial takes, nobody looks again: with thousands of people it takes 0.1 s."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer counts: in which trial, for whom, and on which side."""

    trial: Trial
    person: str
    side: Side


class Trials:
    """Collects what comes of a trial, and ends it when the evidence decides; several processes may do so at once."""

    def __init__(self, registry: Registry, store: Store, threshold: Callable[[], float]) -> None:
        """Take the parts.

        Args:
            registry: whose pointer says which trial is on.
            store: where ratings and outcomes are kept.
            threshold: from which score on a sentence counts as supported, by the policy as it is now.
        """
        self._registry = registry
        self._store = store
        self._threshold = threshold
        self._next = 0.0

    def place(self, user: str | None, conversation_id: str) -> Place | None:
        """Return where whoever asks now is in the trial that is on; None where none is."""
        trial = self._registry.pointer().trial
        if trial is None:
            return None
        person = trials.person(trial, user, conversation_id)
        return Place(trial, person, trials.side(trial, person))

    def answered(self, place: Place, turn: Turn) -> None:
        """Keep what came of an answer."""
        weak = sum(one.score < self._threshold() for one in turn.support)
        self._keep(place, turn.id, refused=turn.refusal is not None, sentences=len(turn.support), unsupported=weak)

    def failed(self, place: Place) -> None:
        """Keep that an answer failed."""
        self._keep(place, None, failed=True)

    def _keep(
        self,
        place: Place,
        turn_id: str | None,
        *,
        refused: bool = False,
        failed: bool = False,
        sentences: int = 0,
        unsupported: int = 0,
    ) -> None:
        who = place.trial.id, place.person, place.side
        self._store.outcomes.add(Outcome(*who, turn_id, refused, failed, sentences, unsupported))

    def arms(self, trial_id: str) -> dict[Side, Arm]:
        """Sum up both sides of a trial, also of one that has ended."""
        people = self._store.outcomes.people(trial_id)
        sides: tuple[Side, Side] = ("current", "candidate")
        return {side: Arm.of(people.get(side, ())) for side in sides}

    def follow(self) -> Ended | None:
        """Judge after an answer or a rating, unless that took long and was done a moment ago."""
        began = time.monotonic()
        if began < self._next:
            return None
        ended = self.judge()
        self._next = began + SELDOM * (time.monotonic() - began)
        return ended

    def judge(self) -> Ended | None:
        """Look at the trial that is on, and promote or withdraw its candidate where the evidence decides.

        Returns:
            How it ended, if it did so now.
        """
        trial = self._registry.pointer().trial
        if trial is None:
            return None
        arms = self.arms(trial.id)
        verdict = trials.decide(arms["current"], arms["candidate"], Rule(most=trial.most))
        trialing.note(self._registry.folder, trial, {side: arms[side] for side in arms}, verdict)
        return None if verdict.action == "go on" else self._conclude(trial, verdict)

    def _conclude(self, trial: Trial, verdict: Verdict) -> Ended | None:
        how = "promoted" if verdict.action == "promote" else "flagged" if verdict.flagged else "no difference"
        try:
            with self._store.audit.around([_entry(trial.name, how, None)]):
                ended = trialing.conclude(self._registry, trial, verdict)
        except BadInput:  # another process was first, and has logged it
            return None
        log.warning("The trial of %s ended: %s", trial.name, verdict.reason)
        return ended

    def start(
        self, name: str, wanted: trialing.Wanted, user: str | None, *, base: str | None, digest: str | None
    ) -> Trial:
        """Start a trial, and log who did.

        Raises:
            BadInput: as `trialing.start` says.
        """
        with self._store.audit.around([_entry(name, "started", user)]):
            return trialing.start(self._registry, name, wanted, base=base, digest=digest)

    def stop(self, user: str | None) -> Ended:
        """Stop the trial that is on, and log who did.

        Raises:
            BadInput: none is on.
        """
        trial = self._registry.pointer().trial
        with self._store.audit.around([_entry(trial.name if trial else None, "stopped", user)]):
            return trialing.stop(self._registry)


def _entry(name: str | None, how: str, user: str | None) -> Entry:
    return Entry("review", NOTE, user=user, rule=f"trial: {how}", adapter=name)

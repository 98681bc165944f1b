"""The review queue: answers that nobody has rated, in the order in which a reviewer's time is best spent."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from assistant.choosing import Rewarding
from assistant.store.store import Store
from assistant.turns import Turn

MOST = 50
"""How many of the newest unrated answers are looked at."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that nobody has rated yet."""

    turn: Turn
    score: float | None = None
    """How good the company's reward model finds it; None before it was asked."""
    unsupported: float = 0.0
    """The share of its sentences that no passage supports, 0 to 1."""


class ReviewQueue:
    """Puts first what the reward model likes least; before it was asked, what rests least on the documents.

    A reward model is fitted to differences between answers to one prompt (Bradley and Terry 1952), so its scores order
    answers to different questions only roughly: enough to say where to look first, and nothing is decided by it.
    """

    def __init__(self, store: Store, reward: Rewarding, threshold: Callable[[], float]) -> None:
        """Take the parts.

        Args:
            store: the answers.
            reward: the company's reward model.
            threshold: from which score on a sentence counts as supported, by the policy as it is now.
        """
        self._store = store
        self._reward = reward
        self._threshold = threshold
        self._lock = threading.Lock()
        self._scores: dict[tuple[str, str], float] = {}
        """By reward adapter and turn."""

    def judged_by(self) -> str | None:
        """Name the reward adapter that orders the queue, None where there is none."""
        return self._reward.name()

    def waiting(self, most: int = MOST) -> list[Waiting]:
        """List the newest answers that wait for a rating, those to look at first first."""
        name = self._reward.name() or ""
        found = [
            Waiting(turn, self._scores.get((name, turn.id)), self._unsupported(turn))
            for turn in self._store.unrated(most)
        ]
        return sorted(found, key=_urgency)

    def score(self, most: int = MOST) -> None:
        """Ask the reward model about the answers that it has not scored yet.

        Raises:
            BadInput: there is no reward adapter.
            ModelUnavailable: it cannot be loaded.
        """
        with self._lock:  # who asks beside somebody waits, and finds it done
            reward, name = self._reward(), self._reward.name() or ""
            turns = self._store.unrated(most)
            new = [turn for turn in turns if (name, turn.id) not in self._scores]
            scores = reward.scores([(turn.prompt, turn.answer) for turn in new])
            known = {(name, turn.id): score for turn, score in zip(new, scores, strict=True)}
            kept = {(name, turn.id) for turn in turns}
            self._scores = {key: score for key, score in (self._scores | known).items() if key in kept}

    def _unsupported(self, turn: Turn) -> float:
        weak = sum(one.score < self._threshold() for one in turn.support)
        return weak / max(1, len(turn.support))


def _urgency(one: Waiting) -> tuple[bool, float, float]:
    """Sort by score, what has none at the end; the store's order, the newest first, stays among equals."""
    return one.score is None, one.score or 0.0, -one.unsupported

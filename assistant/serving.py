"""What answers now: the adapter that a conversation is pinned to, a candidate on trial, or what serves everybody."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from assistant.errors import AssistantError, BadInput
from assistant.store.store import Store
from assistant.trials import Place, Trials
from assistant.turns import Pin, Turn
from finetune.errors import BadInput as FinetuneBadInput
from finetune.errors import FinetuneError
from finetune.registry import Adapter, Registry, misfit

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to give one answer."""

    adapter: Adapter | None
    """None for the base without one."""
    notices: tuple[str, ...] = ()
    """What the reader should know of it."""
    place: Place | None = None
    """Where the answer counts, if a trial is on and the conversation is not pinned."""


class Serving:
    """Chooses before each answer, and hears afterwards what came of it."""

    def __init__(
        self, registry: Registry, store: Store, trials: Trials, base: str, digest: Callable[[], str | None]
    ) -> None:
        """Take the parts.

        Args:
            registry: the adapters.
            store: where pins are kept.
            trials: who is to get a candidate.
            base: the model that serves, as the settings name it.
            digest: gives what it is made of, None as long as that is not known.
        """
        self._registry = registry
        self._store = store
        self._trials = trials
        self.base = base
        self._look = digest
        self._digest: str | None = None

    def choose(self, conversation_id: str, user: str | None) -> Choice:
        """Choose what answers a question in a conversation, by whoever asks."""
        pin = self._store.pinned(conversation_id)
        if pin is not None:
            return self._pinned(pin)
        active = self._registry.active(self.base, self.digest())
        place = self._trials.place(user, conversation_id)
        if place is None:
            return Choice(active)
        if place.side == "candidate":
            candidate = self._fitting(place.trial.name)
            return Choice(candidate, place=place) if candidate else Choice(active)
        # Where something else serves by now, its answers say nothing about what the trial compares with.
        same = (active.name if active else None) == place.trial.current
        return Choice(active, place=place if same else None)

    def answered(self, choice: Choice, turn: Turn) -> None:
        """Hear that an answer was given; what goes wrong with a trial costs nobody their answer."""
        if choice.place is not None:
            with _aside():
                self._trials.answered(choice.place, turn)
                self._trials.follow()

    def failed(self, choice: Choice) -> None:
        """Hear that an answer failed."""
        if choice.place is not None:
            with _aside():
                self._trials.failed(choice.place)
                self._trials.follow()

    def rated(self) -> None:
        """Hear that a rating was set, changed or taken back."""
        with _aside():
            self._trials.follow()

    def pin(self, conversation_id: str, pin: Pin | None) -> None:
        """Pin a conversation to an adapter or the base, or (with None) let answer there what serves everybody.

        Raises:
            BadInput: there is no such conversation or adapter, or the adapter cannot answer on the base.
        """
        if pin is not None and pin.adapter is not None:
            try:
                adapter = self._registry.get(pin.adapter)
            except FinetuneBadInput as error:
                raise BadInput(str(error)) from error
            if problem := misfit(adapter, self.base, self.digest()):
                raise BadInput(problem)
        self._store.pin(conversation_id, pin)

    def digest(self) -> str | None:
        """Return what the base is made of, None as long as that is not known."""
        self._digest = self._digest or self._look()
        return self._digest

    def _pinned(self, pin: Pin) -> Choice:
        if pin.adapter is None:
            return Choice(None)
        if adapter := self._fitting(pin.adapter):
            return Choice(adapter)
        active = self._registry.active(self.base, self.digest())
        serving = f"the adapter {active.name}" if active else "the base model"
        gone = f"This conversation is pinned to the adapter {pin.adapter}, which is gone or does not fit the model"
        return Choice(active, notices=(f"{gone}: {serving} answered instead.",))

    def _fitting(self, name: str) -> Adapter | None:
        try:
            adapter = self._registry.get(name)
        except FinetuneBadInput:
            return None
        return None if misfit(adapter, self.base, self.digest()) else adapter


@contextmanager
def _aside() -> Iterator[None]:
    """Log what goes wrong beside an answer, which is given all the same."""
    try:
        yield
    except (AssistantError, FinetuneError, OSError) as error:
        log.warning("The trial could not be followed: %s", error)

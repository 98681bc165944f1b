"""From decided appeals and a company's own examples to refitted rails; who did it goes into the audit log."""

from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from assistant.appeals import LABELS, labelled
from assistant.errors import BadInput
from assistant.guardrails import refits, refitting
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.examples import Example
from assistant.guardrails.refitting import Outcome
from assistant.settings import Settings
from assistant.store.audit import NOTE, Entry
from assistant.store.store import Store


def refit(
    store: Store, settings: Settings, encoder: Encoder, user: str | None, examples: Path | None = None
) -> Outcome:
    """Refit the heads; what a person decided counts more than the same text in the file.

    Args:
        store: where the appeals are.
        settings: for the folder of refits, and the thresholds.
        encoder: what the heads see texts by, as `views.Views` gives it.
        user: who asks for it; None is whoever runs this machine.
        examples: JSONL with "text" and "label"; by default those that the refit in force has learnt.

    Raises:
        BadInput: the file cannot be read, or a label is unknown.
    """
    file = examples or refits.examples(settings.heads)
    own = _read(file) if file else []
    given = {example.text.strip(): example for example in own}
    given |= {example.text.strip(): example for example in labelled(store.appeals.all(open_=False))}
    rules = settings.policy.read()
    thresholds = {"injection": rules.injection.threshold, "harm": rules.harm.threshold}
    noted = partial(_noted, store, user)
    outcome = refitting.refit(list(given.values()), settings.heads, encoder, thresholds, own, noted)
    if outcome.name is None:
        store.audit.append([Entry("review", NOTE, user=user, rule="refit: refused by the gate")])
    elif outcome.name != refits.SHIPPED:
        refits.forget(settings.heads, _known(store))
    return outcome


def undo(store: Store, settings: Settings, user: str | None) -> str:
    """Go back to the heads that were in force before, and return their name.

    Raises:
        BadInput: no refit is in force.
    """
    if refits.in_force(settings.heads) == refits.SHIPPED:
        raise BadInput("no refit is in force: there is nothing to undo")
    back = refits.before(settings.heads)
    with store.audit.around([Entry("review", NOTE, user=user, rule=f"refit undone, back to: {back}")]):
        return refits.undo(settings.heads)


def _noted(store: Store, user: str | None, name: str) -> AbstractContextManager[None]:
    return store.audit.around([Entry("review", NOTE, user=user, rule=f"refit: {name}")])


def _known(store: Store) -> frozenset[str]:
    """Return the digests of all texts that were appealed and not removed since."""
    return frozenset(refits.digest(text) for one in store.appeals.all() for text in (one.question, one.answer))


def _read(file: Path) -> list[Example]:
    try:
        found = refitting.read(file)
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:  # a line, or bytes that are no UTF-8
        raise BadInput(f"{file}: {error}") from error
    for number, example in enumerate(found, start=1):
        if example.label not in LABELS:
            raise BadInput(f"{file}: example {number} has the label {example.label!r}; known are {', '.join(LABELS)}")
    return found

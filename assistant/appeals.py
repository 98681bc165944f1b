"""What people hold against the rails, what reviewers say to it, and the labelled set that comes out of that."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock
from typing import Literal, get_args

from assistant.errors import BadInput
from assistant.guardrails.classifier import NONE
from assistant.guardrails.examples import INJECTION, Example
from assistant.guardrails.harm import Category
from assistant.store.appeals import Appeal, Decision
from assistant.store.audit import NOTE, Entry
from assistant.store.store import Store
from assistant.turns import Turn

Verdict = Literal["fine", "stopped"]
"""It was fine; or it was rightly stopped, or should have been."""
LABELS: tuple[str, ...] = (NONE, INJECTION, *get_args(Category))
SOURCE = "appeals"
KEPT = 200
"""How many withdrawn answers are remembered, so that their text is there if somebody appeals."""


class Withdrawn:
    """The answers that were withdrawn last. They are never written to disk, and are gone when the program ends."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def keep(self, turn_id: str, text: str) -> None:
        """Remember the text of a withdrawn answer, with personal data masked."""
        with self._lock:
            self._texts[turn_id] = text
            while len(self._texts) > KEPT:
                self._texts.popitem(last=False)

    def text(self, turn_id: str) -> str:
        """Return the text, empty where it is gone."""
        with self._lock:
            return self._texts.get(turn_id, "")


def appeal(store: Store, turn: Turn, user: str | None, withdrawn: Withdrawn) -> Appeal:
    """Appeal against the refusal of a turn, or say that its answer should have been blocked.

    What is kept is the turn as it is stored; the text of a withdrawn answer is stored here for the first time.

    Raises:
        BadInput: it was appealed before.
    """
    if turn.refusal is None:
        made = Appeal(turn.id, "answered", "output", turn.question, turn.answer, user=user)
    else:
        refusal = turn.refusal
        own = (v for v in turn.verdicts if (v.get("rail"), v.get("side")) == (refusal.rail, refusal.side))
        score = next((v.get("score") for v in own), None)
        answer = withdrawn.text(turn.id) if refusal.side == "output" else ""
        made = Appeal(turn.id, "refused", refusal.side, turn.question, answer, refusal.rail, refusal.rule, score, user)
    return store.appeals.file(made, [_entry(made, "appeal", user)])


def decide(
    store: Store, appeal_id: int, verdict: Verdict, label: str | None, by: str | None, *, question: bool = False
) -> Appeal:
    """Decide on an appeal; it may be decided anew.

    Args:
        store: where the appeals are.
        appeal_id: which one.
        verdict: whether the text was fine, or is to be stopped.
        label: what it is, where it is to be stopped; by default what the rail that stopped it took it for.
        by: who decides; None is whoever runs this machine.
        question: of a given answer, it is the question that should have been stopped.

    Raises:
        BadInput: there is no such appeal, or it does not say what the text is.
    """
    return store.appeals.decide(appeal_id, *_decision(store.appeals.one(appeal_id), verdict, label, by, question))


def decide_open(
    store: Store, appeal_id: int, verdict: Verdict, label: str | None, by: str | None, *, question: bool = False
) -> Appeal:
    """Decide as `decide` does, but on what is still open: a page may show what another has decided meanwhile.

    Raises:
        BadInput: there is no such appeal, it is decided, or it does not say what the text is.
    """
    decision, entries = _decision(store.appeals.one(appeal_id), verdict, label, by, question)
    return store.appeals.decide(appeal_id, decision, entries, only_open=True)


def _decision(
    found: Appeal, verdict: Verdict, label: str | None, by: str | None, question: bool
) -> tuple[Decision, list[Entry]]:
    """Return what is decided, and what the audit log is to say of it."""
    if verdict == "fine":
        if label not in (None, NONE):
            raise BadInput("what was fine has no category: leave the label out, or decide that it is to be stopped")
        label = NONE
    else:
        label = _label(found, label)
    right = (verdict == "fine") == (found.kind == "refused")
    side = ("input" if question else "output") if found.kind == "answered" else found.side
    rule = "fine" if verdict == "fine" else f"to be stopped: {label or found.rail}"
    decision = Decision("upheld" if right else "dismissed", side, label, by)
    return decision, [_entry(replace(found, side=side), rule, by)]


def remove(store: Store, appeal_id: int, by: str | None) -> None:
    """Remove an appeal with its texts; that it was there, and who removed it, stays in the audit log.

    Raises:
        BadInput: there is no such appeal.
    """
    store.appeals.remove(appeal_id, [_entry(store.appeals.one(appeal_id), "removed", by)])


def labelled(appeals: Sequence[Appeal]) -> list[Example]:
    """List what was decided as examples, each text once; the latest decision on a text counts."""
    decided = sorted((one for one in appeals if one.state != "open"), key=lambda one: one.decided_at or "")
    found = {one.text.strip(): one.label for one in decided if one.label and one.text.strip()}
    return [Example(SOURCE, text, label) for text, label in found.items()]


def taken_for(appeal: Appeal) -> str | None:
    """Return the label that the rail gave a text which it stopped; None where it has no head, or stopped nothing."""
    return INJECTION if appeal.rail == "injection" else appeal.rule if appeal.rule in LABELS else None


def _label(found: Appeal, label: str | None) -> str | None:
    if label is None and found.kind == "refused":
        return taken_for(found)
    if label not in LABELS or label == NONE:
        raise BadInput(f"say what it is, with one of these labels: {', '.join(LABELS[1:])}")
    return label


def _entry(found: Appeal, rule: str, user: str | None) -> Entry:
    return Entry("review", NOTE, found.text, user=user, rail=found.rail, rule=rule, turn_id=found.turn_id)

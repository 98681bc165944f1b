"""How an answer ends: withdrawn, an abstention, or cited and kept, each with what the audit log says of it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.appeals import Withdrawn
from assistant.audit import Trail
from assistant.citations import cite, place, unmarked
from assistant.events import Done
from assistant.guardrails.rails import Checked, kept_verdicts
from assistant.guardrails.streaming import Judged, Stopped
from assistant.model.counted import Counted
from assistant.notices import noted, told
from assistant.prompts import ABSTENTION, heading
from assistant.stages import Stages
from assistant.store.audit import Entry
from assistant.store.store import Store
from assistant.turns import Refusal, Support, Turn


@dataclass(frozen=True, slots=True)
class Keeping:
    """What an answer needs at its end."""

    store: Store
    support: Callable[[str, Sequence[str], str], Sequence[Support]]
    """An answer, its passages and the question to what supports each sentence that claims something."""
    withdrawn: Withdrawn
    """The answers that were withdrawn last, for whoever appeals."""
    stages: Stages
    """What times the storing."""

    def finish(self, draft: Turn, answer: str, pieces: Counted, trail: Trail, last: Judged | None) -> Done:
        """Keep an answer with what the rails said of it last, which is of its beginning where its reader left."""
        if last:
            draft = replace(draft, verdicts=(*draft.verdicts, *kept_verdicts(last.checked, "output")))
        if isinstance(last, Stopped):
            self.withdrawn.keep(draft.id, last.checked.text)
            entries = trail.said("output", last.checked, pieces.text)
            return self.refuse(replace(draft, stopped=False), last.checked, "output", entries)
        answer = answer if draft.sampling.form else answer.strip()
        draft = replace(draft, notice=noted(draft.notice, told(last.checked)) if last else draft.notice)
        first = (pieces.first - trail.began) * 1000 if pieces.first else 0.0
        timings = replace(draft.timings, first_token_ms=first, tokens=pieces.count)
        draft = replace(draft, answer=answer, timings=timings)
        if answer.startswith(ABSTENTION.rstrip(".")):
            draft = replace(draft, answer=ABSTENTION, abstained=True)
            return self.keep(draft, trail, trail.kept(last, ABSTENTION))
        draft = self._cited(draft) if draft.sources and answer else draft
        if not draft.sampling.form and not draft.sources:
            draft = replace(draft, answer=unmarked(answer))
        return self.keep(draft, trail, trail.kept(last, draft.answer))

    def _cited(self, draft: Turn) -> Turn:
        """Say where an answer stands in its sources; one that has a form is kept to the letter."""
        support = self.support(draft.answer, passages(draft), draft.question)
        marked, citations = cite(draft.answer, draft.sources, support)
        answer = draft.answer if draft.sampling.form else marked
        return replace(draft, answer=answer, citations=citations, support=place(answer, support))

    def refuse(self, draft: Turn, checked: Checked, side: str, entries: Sequence[Entry] = ()) -> Done:
        """Keep that a rail stopped the question, or with its answer."""
        refusal = Refusal(checked.rail or "", checked.rule or "", checked.reason or "", side)
        question = draft.question if side == "output" or checked.action != "refuse" else checked.text
        kept = self.store.add_turn(replace(draft, question=question, answer="", refusal=refusal), entries)
        return Done(kept, kept)

    def keep(self, turn: Turn, trail: Trail, entries: Sequence[Entry] = ()) -> Done:
        """Keep a turn, with what the audit log is to say of it."""
        timings = replace(turn.timings, total_ms=since(trail.began))
        with self.stages.stage(turn.id, "store"):
            kept = self.store.add_turn(replace(turn, timings=timings), entries)
        return Done(kept, kept)


def passages(turn: Turn) -> tuple[str, ...]:
    """Return each source as the model was given it, under its heading."""
    return tuple(f"{heading(source)}\n{source.text}" for source in turn.sources)


def since(began: float) -> float:
    """Return the milliseconds since then."""
    return (time.perf_counter() - began) * 1000

"""Rated turns to the files that fine-tuning reads: rated answers, and TRL's SFT, DPO and KTO forms."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from assistant.errors import BadInput
from assistant.store.store import Store
from assistant.turns import Turn
from finetune import examples, preferences
from finetune.examples import RatedAnswer

Form = Literal["rated", "sft", "dpo", "kto"]
Allowed = Callable[[Turn], bool]

ROWS: dict[str, Callable[[Sequence[RatedAnswer]], list[Any]]] = {
    "sft": preferences.demonstrations,
    "dpo": preferences.pairs,
    "kto": preferences.labels,
}


def rated_answers(store: Store, allowed: Allowed | None = None) -> list[RatedAnswer]:
    """List what people rated; refusals and empty answers demonstrate nothing and are left out.

    Args:
        store: the ratings.
        allowed: whether a turn may be read by whoever asks, None where all may; turns that come after one that may not
            are left out too, because their prompts tell what was said in it.
    """
    rated = [turn for turn in store.rated() if turn.refusal is None and turn.answer.strip() and turn.prompt]
    if allowed is None:
        return [_rated(turn) for turn in rated]
    closed: dict[str, int] = {}
    for conversation in {turn.conversation_id for turn in rated}:
        places = [turn.position for turn in store.turns(conversation) if not allowed(turn)]
        closed[conversation] = min(places, default=2**31)
    return [_rated(turn) for turn in rated if turn.position < closed[turn.conversation_id]]


def export(store: Store, form: Form, file: Path, allowed: Allowed | None = None) -> int:
    """Write what people rated in one form, as JSONL, and return the number of rows.

    Args:
        store: the ratings.
        form: `rated`, or a form of TRL's.
        file: where to write.
        allowed: whether a turn may be read by whoever asks for the file; None where all may.

    Raises:
        BadInput: the file cannot be written.
    """
    answers = rated_answers(store, allowed)
    try:
        if form == "rated":
            return examples.write(file, answers)
        rows = ROWS[form](answers)
        file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{file} cannot be written: {error.strerror}") from error
    return len(rows)


def _rated(turn: Turn) -> RatedAnswer:
    rating = turn.rating
    assert rating is not None  # the store lists rated turns only
    return RatedAnswer(
        turn_id=turn.id,
        conversation_id=turn.conversation_id,
        prompt=tuple(examples.Message(role=m["role"], content=m["content"]) for m in turn.prompt),
        answer=turn.answer,
        rating=rating.thumb,
        correction=rating.correction,
        reasons=rating.reasons,
        comment=rating.comment,
        model=turn.model,
        adapter=turn.adapter,
    )

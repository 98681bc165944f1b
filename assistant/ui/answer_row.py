"""What can be done with the selected answer: its siblings, the thumbs, the appeal, and the rating as it stands."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from assistant.store.appeals import Appeal
from assistant.turns import REASONS, Turn
from assistant.ui import appealing
from assistant.ui.chat_layout import Parts


def controls(
    parts: Parts, turn: Turn | None, ids: list[str], appeals: Sequence[Appeal], *, rewarded: bool
) -> dict[Any, Any]:
    """Show what can be done with an answer.

    Args:
        parts: the components of the tab.
        turn: the answer; None where none is selected.
        ids: those of all answers to its question, itself among them.
        appeals: what was held against it.
        rewarded: whether there is a reward model to choose the best of several answers by.
    """
    rating = turn.rating if turn else None
    at = ids.index(turn.id) if turn else 0
    many = len(ids) > 1
    return {
        parts.answer_row: gr.update(visible=turn is not None),
        parts.previous: gr.update(visible=many, interactive=at > 0),
        parts.place: gr.update(visible=many, value=f"{at + 1}/{len(ids)}"),
        parts.next: gr.update(visible=many, interactive=at < len(ids) - 1),
        parts.best: gr.update(visible=rewarded),
        parts.good: gr.update(variant="primary" if rating and rating.thumb == "up" else "secondary"),
        parts.bad: gr.update(variant="primary" if rating and rating.thumb == "down" else "secondary"),
        parts.appeal: appealing.shown(turn, list(appeals)),
        parts.rating: gr.update(visible=rating is not None),
        parts.reasons: gr.update(
            choices=list(REASONS[rating.thumb]) if rating else [], value=list(rating.reasons) if rating else []
        ),
        parts.comment: (rating.comment or "") if rating else "",
        parts.correction: (rating.correction or "") if rating else "",
    }

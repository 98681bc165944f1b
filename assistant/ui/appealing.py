"""The button by which people hold against a refusal, or an answer, what they think of it."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from assistant.store.appeals import Appeal
from assistant.turns import Turn

FINE, BLOCK, FILED = "Appeal: this was fine", "This should have been blocked", "A reviewer will decide"
TOLD = (
    "Thank you. A reviewer now sees the text with personal data masked, and decides. What is decided stays as an "
    "example for the rules, also when the conversation is deleted."
)
GONE = " The withdrawn answer itself was not kept."


def shown(turn: Turn | None, filed: Sequence[Appeal]) -> Any:
    """Offer what can be held against a turn: once, and nothing against an answer that says nothing."""
    if turn is None or not (turn.refusal or turn.answer):
        return gr.update(visible=False)
    if filed:
        decided = next((one.state for one in filed if one.state != "open"), None)
        return gr.update(visible=True, interactive=False, value=f"Appeal {decided}" if decided else FILED)
    return gr.update(visible=True, interactive=True, value=FINE if turn.refusal else BLOCK)

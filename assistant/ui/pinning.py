"""Which adapter answers in a conversation, as the Chat tab lets people choose it."""

from typing import Any

import gradio as gr

from assistant.turns import Conversation, Pin
from finetune.registry import Registry, misfit

SERVING = ""
BASE = "/base"
"""No adapter can be called that."""


def offered(registry: Registry, conversation: Conversation | None) -> Any:
    """Offer what can answer, with what the conversation is pinned to chosen, be it there or not."""
    names = [adapter.name for adapter in reversed(registry.all()) if misfit(adapter) is None]
    pin = conversation.pin if conversation else None
    chosen = SERVING if pin is None else pin.adapter or BASE
    gone = [] if chosen in (SERVING, BASE, *names) else [(f"{chosen} (gone)", chosen)]
    choices = [("What serves everybody", SERVING), ("The base model", BASE), *((n, n) for n in names), *gone]
    return gr.update(choices=choices, value=chosen)


def chosen(value: str | None) -> Pin | None:
    """Return the pin that a choice stands for."""
    if not value:
        return None
    return Pin(None if value == BASE else value)

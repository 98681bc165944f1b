"""The border of the page: who may not click is refused, and what goes wrong below it is told to the user in a line."""

from collections.abc import Callable
from functools import partial, wraps
from inspect import isgeneratorfunction
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from assistant.store.users import Role
from assistant.ui.personal import admit, clicking, shown_to
from finetune.errors import FinetuneError
from knowledge.errors import KnowledgeError

ERRORS = (AssistantError, FinetuneError, KnowledgeError)


def told(action: Callable[..., Any], role: Role = "user") -> Callable[..., Any]:
    """Turn the product's own errors into a message on the page; whatever was shown stays as it is.

    Args:
        action: what answers a click.
        role: whom it is for. It is checked at each click: what a page does not show can be called all the same.
    """

    @wraps(action)
    def streamed(*arguments: Any, **named: Any) -> Any:
        try:
            admit(role)
            yield from action(*arguments, **named)
        except ERRORS as error:
            raise gr.Error(str(error), print_exception=False) from error

    @wraps(action)
    def guarded(*arguments: Any, **named: Any) -> Any:
        try:
            admit(role)
            return action(*arguments, **named)
        except ERRORS as error:
            raise gr.Error(str(error), print_exception=False) from error

    return streamed if isgeneratorfunction(action) else guarded


def silent(action: Callable[..., Any], role: Role) -> Callable[..., Any]:
    """Answer what happens by itself, such as a timer, for whom it is; others see nothing of it, not even a message."""

    @wraps(action)
    def answered(*arguments: Any, **named: Any) -> Any:
        caller = clicking()
        if caller is not None and not shown_to(caller, role):
            return gr.skip()
        return told(action, role)(*arguments, **named)

    return answered


for_reviewers = partial(told, role="reviewer")
for_administrators = partial(told, role="administrator")

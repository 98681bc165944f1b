"""The border of the page: what goes wrong below it is told to the user in a line."""

from collections.abc import Callable
from functools import wraps
from inspect import isgeneratorfunction
from typing import Any

import gradio as gr

from assistant.errors import AssistantError
from finetune.errors import FinetuneError
from knowledge.errors import KnowledgeError

ERRORS = (AssistantError, FinetuneError, KnowledgeError)


def told(action: Callable[..., Any]) -> Callable[..., Any]:
    """Turn the product's own errors into a message on the page; whatever was shown stays as it is."""

    @wraps(action)
    def streamed(*arguments: Any, **named: Any) -> Any:
        try:
            yield from action(*arguments, **named)
        except ERRORS as error:
            raise gr.Error(str(error), print_exception=False) from error

    @wraps(action)
    def guarded(*arguments: Any, **named: Any) -> Any:
        try:
            return action(*arguments, **named)
        except ERRORS as error:
            raise gr.Error(str(error), print_exception=False) from error

    return streamed if isgeneratorfunction(action) else guarded

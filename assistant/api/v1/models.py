"""What can be asked for by name: what serves now, the base, and each adapter that fits it."""

from datetime import datetime
from pathlib import Path
from typing import Any

from assistant.api.v1 import shapes
from assistant.api.v1.asking import SERVES
from assistant.api.v1.problems import Problem, responses
from assistant.assembly import Assistant
from assistant.turns import Pin
from finetune.registry import Adapter, misfit

EMBEDS = "apprentice-embeddings"
"""The encoder of the passages."""


def router(assistant: Assistant) -> Any:
    """Build the routes under /models."""
    from fastapi import APIRouter

    routes = APIRouter(tags=["models"])

    @routes.get("/models", responses=responses(shapes.Models))
    def every() -> dict[str, Any]:
        """List what can be asked for by name; `apprentice` is what serves now."""
        return {"object": "list", "data": models(assistant)}

    @routes.get("/models/{name:path}", responses=responses(shapes.Model, 400, 404))
    def one(name: str) -> dict[str, Any]:
        """Tell of one of them."""
        found = [row for row in models(assistant) if row["id"] == name]
        if not found:
            raise unknown(name)
        return found[0]

    return routes


def models(assistant: Assistant) -> list[dict[str, Any]]:
    """List what there is now, as OpenAI's objects."""
    base = name_of(assistant)
    adapters = [_row(f"{base}:{one.name}", _seconds(one), base) for one in fitting(assistant)]
    return [_row(SERVES), _row(base), *adapters, _row(EMBEDS)]


def pin(assistant: Assistant, model: str) -> Pin | None:
    """Return what is to answer; None for what serves now.

    Raises:
        Problem: there is no such model.
    """
    if model == SERVES:
        return None
    base, colon, adapter = name_of(assistant), ":", model.removeprefix(f"{name_of(assistant)}:")
    if model == base:
        return Pin(None)
    if model.startswith(base + colon) and adapter in {one.name for one in fitting(assistant)}:
        return Pin(adapter)
    raise unknown(model)


def unknown(model: str) -> Problem:
    """Say that there is no such model."""
    return Problem(
        404, f"there is no model {model!r}: GET /v1/models lists those there are", "model", "model_not_found"
    )


def name_of(assistant: Assistant) -> str:
    """Return the name of the base; of one in a folder only the last part, as the folder concerns nobody."""
    base = assistant.engine.serving.base
    return Path(base).name if Path(base).is_absolute() else base


def fitting(assistant: Assistant) -> list[Adapter]:
    """List the adapters that can answer on the base, but for those that were withdrawn."""
    serving = assistant.engine.serving
    return [
        one
        for one in assistant.registry.all()
        if one.state != "flagged" and misfit(one, serving.base, serving.digest()) is None
    ]


def _row(name: str, created: int = 0, parent: str | None = None) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": created, "owned_by": "apprentice", "parent": parent}


def _seconds(adapter: Adapter) -> int:
    return int(datetime.fromisoformat(adapter.card.created).timestamp())

"""Adapters: how each was judged, and which one serves; for administrators."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from assistant.api.callers import caller
from assistant.api.v1 import shapes
from assistant.api.v1.asking import Asked
from assistant.api.v1.problems import Problem, responses
from assistant.assembly import Assistant
from assistant.audit import promotion
from finetune.errors import BadInput
from finetune.registry import Adapter

CLOSED = "Only an administrator may see and change which adapters serve."


class Promotion(Asked):
    """How to promote."""

    force: bool = False
    """Whether to promote also what the gate refused, or evidence was found against."""


def router(assistant: Assistant) -> Any:
    """Build the routes under /adapters."""
    from fastapi import APIRouter, Depends, Request

    def administrator(request: Request) -> None:
        if not caller(request).administrator:
            raise Problem(403, CLOSED)

    routes = APIRouter(prefix="/adapters", tags=["adapters"], dependencies=[Depends(administrator)])
    registry, serving, log = assistant.registry, assistant.engine.serving, assistant.store.audit

    @routes.get("", responses=responses(shapes.Adapters))
    def every() -> dict[str, Any]:
        """List all adapters, the oldest first."""
        return {"object": "list", "data": [row(one) for one in registry.all()]}

    @routes.get("/{name}", responses=responses(shapes.Adapter, 400, 404))
    def one(name: str) -> dict[str, Any]:
        """Show an adapter's card, with scores and decision."""
        return row(_found(assistant, name))

    @routes.post("/{name}/promote", responses=responses(shapes.Adapter, 400, 404, 409, 413))
    def promote(request: Request, name: str, how: Promotion | None = None) -> dict[str, Any]:
        """Let an adapter serve, from the next answer on."""
        found = _found(assistant, name)
        force = how is not None and how.force
        with _standing(), promotion(log, "promoted", found.name, caller(request).user):
            return row(registry.promote(found.name, base=serving.base, digest=serving.digest(), force=force))

    @routes.post("/rollback", responses=responses(shapes.RolledBack, 409))
    def rollback(request: Request) -> dict[str, Any]:
        """Let serve again what served before; `serving` is null where that is the base."""
        before = registry.active(serving.base, serving.digest())
        with _standing(), promotion(log, "rolled back", before.name if before else None, caller(request).user):
            active = registry.rollback()
        return {"object": "rollback", "serving": active.name if active else None}

    return routes


def row(adapter: Adapter) -> dict[str, Any]:
    """Return an adapter as `finetune show --json` does, but for the folder it lies in."""
    told = {name: value for name, value in adapter.as_json().items() if name != "path"}
    return {"id": adapter.name, "object": "adapter", **told}


@contextmanager
def _standing() -> Iterator[None]:
    """Tell that something cannot be done as things stand."""
    try:
        yield
    except BadInput as error:
        raise Problem(409, str(error), code="conflict") from error


def _found(assistant: Assistant, name: str) -> Adapter:
    try:
        return assistant.registry.get(name)
    except BadInput as error:
        raise Problem(404, "there is no such adapter: GET /v1/adapters lists those there are", "name") from error

"""Whether the server lives, whether it can answer, and its metrics; what is wrong is told to those who may know."""

import shutil
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.requests import HTTPConnection

from assistant.api.callers import caller
from assistant.assembly import Assistant, LazyModel
from assistant.errors import AssistantError, ModelUnavailable, StoreUnavailable
from assistant.metrics import FORM
from assistant.model.remote import RemoteModel
from knowledge.errors import KnowledgeError

ROOM = 256
"""Megabytes that the disk of the home must have free."""
LOOPBACK = ("127.0.0.1", "::1")
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""What a proxy adds: with one before it, every request seems to come from this machine."""
FINE = "ok"


def router(assistant: Assistant) -> APIRouter:
    """Answer /healthz, /readyz and /metrics."""
    routes = APIRouter()

    @routes.get("/healthz")
    def healthz() -> dict[str, str]:
        """Tell that the process lives."""
        return {"status": "ok"}

    @routes.get("/readyz")
    def readyz(request: Request) -> JSONResponse:
        """Tell whether a question would be answered: 200, or 503."""
        found = problems(assistant)
        stopping = assistant.engine.running.stopping
        status = "stopping" if stopping else "not ready" if found else "ready"
        told: dict[str, Any] = {"status": status}
        if may_look(request):
            told["checks"] = {name: found.get(name, FINE) for name in CHECKS}
            told["answers"] = assistant.engine.running.count
        return JSONResponse(told, 503 if stopping or found else 200)

    @routes.get("/metrics")
    def metrics(request: Request) -> Response:
        """Give the metrics in Prometheus' text format."""
        if not may_look(request):
            return PlainTextResponse("the metrics are for administrators, and for programs on this machine", 403)
        return Response(assistant.engine.metrics.written(), media_type=FORM)

    return routes


def may_look(connection: HTTPConnection) -> bool:
    """Tell whether whoever asks may see figures and details.

    Those are administrators, keys that are for it, and, where nobody signs in, programs on this machine itself.
    """
    who = caller(connection)
    if who.signed_in:
        return who.may("metrics") if who.key else who.administrator
    here = connection.client is not None and connection.client.host in LOOPBACK
    return who.administrator or (here and not any(name in connection.headers for name in FORWARDED))


def problems(assistant: Assistant) -> dict[str, str]:
    """Say what keeps the assistant from answering, by the name of the check; nothing where it can."""
    found = {}
    for name, check in CHECKS.items():
        try:
            check(assistant)
        except (AssistantError, KnowledgeError) as error:
            found[name] = str(error)
    return found


def _database(assistant: Assistant) -> None:
    assistant.store.look()


def _model(assistant: Assistant) -> None:
    model = assistant.engine.model
    if isinstance(model, LazyModel):
        if model.problem:
            model.retry()
            raise ModelUnavailable(model.problem)
    elif isinstance(model, RemoteModel) and model.away:
        raise ModelUnavailable(f"the server of {model.name} does not answer: see that it runs")


def _index(assistant: Assistant) -> None:
    assistant.library.look()


def _disk(assistant: Assistant) -> None:
    try:
        free = shutil.disk_usage(assistant.settings.home).free // 2**20
    except OSError as error:
        raise StoreUnavailable(f"the home {assistant.settings.home} cannot be read: {error.strerror}") from error
    if free < ROOM:
        raise StoreUnavailable(f"the disk of {assistant.settings.home} has {free} MB left: free some space")


CHECKS: dict[str, Callable[[Assistant], None]] = {
    "database": _database,
    "model": _model,
    "index": _index,
    "disk": _disk,
}

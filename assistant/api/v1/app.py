"""The application mounted at /v1: its routers put together, its OpenAPI document, and what guards them."""

import re
from typing import Any

from assistant.api.v1 import adapters, completions, documents, embeddings, feedback, models, search
from assistant.api.v1.doors import Bodies, SameSite
from assistant.api.v1.problems import SCHEMA, install
from assistant.assembly import Assistant

ABOUT = (
    "OpenAI's protocol over the assistant that answers on the page, and its documents, search, feedback and adapters. "
    "Every error is an error object of OpenAI's."
)


def mounted(assistant: Assistant) -> Any:
    """Return the route that leads to the application; unlike Starlette's own it takes any path, line ends and all."""
    from starlette.routing import Mount

    route = Mount("/v1", application(assistant), name="v1")
    route.path_regex = re.compile(route.path_regex.pattern, re.DOTALL)
    return route


def application(assistant: Assistant) -> Any:
    """Build the ASGI application; it reads who asks from the state of the request."""
    from fastapi import FastAPI

    app = FastAPI(
        title="Apprentice", version="1", description=ABOUT, openapi_url="/openapi.json", docs_url=None, redoc_url=None,
        redirect_slashes=False, root_path_in_servers=True,
    )  # fmt: skip
    for part in (completions, models, embeddings, documents, search, feedback, adapters):
        app.include_router(part.router(assistant))
    install(app)
    app.add_middleware(Bodies, file_bytes=assistant.settings.knowledge.file_megabytes * 2**20)
    app.add_middleware(SameSite)
    described = app.openapi

    def openapi() -> dict[str, Any]:
        return honest(described())

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def honest(document: dict[str, Any]) -> dict[str, Any]:
    """Put our error object into an OpenAPI document, and take out FastAPI's own, which is answered nowhere."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Error"] = SCHEMA
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
    return document

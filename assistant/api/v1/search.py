"""Search: the passages that come nearest to a question, as the caller may read them."""

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import Field

from assistant.api.callers import caller
from assistant.api.v1 import shapes
from assistant.api.v1.asking import Asked, Name, Text
from assistant.api.v1.problems import responses
from assistant.assembly import Assistant
from knowledge.documents import Passage


class Search(Asked):
    """A question to the documents."""

    query: Annotated[Text, Field(min_length=1, max_length=10_000)]
    k: Annotated[int, Field(ge=1, le=100)] | None = None
    """How many passages at most; by default as in the settings."""
    collections: Annotated[list[Name], Field(max_length=100)] | None = None
    """Where to look; by default everywhere."""


def router(assistant: Assistant) -> Any:
    """Build the route /search."""
    from fastapi import APIRouter, Request

    routes = APIRouter(tags=["documents"])

    @routes.post("/search", responses=responses(shapes.Passages, 400, 413))
    def search(request: Request, asked: Search) -> dict[str, Any]:
        """Find the passages that answer a question best, best first, and how likely it is that they do."""
        reader = assistant.library.reader(caller(request).user)
        found = reader.find(asked.query, k=asked.k, collections=asked.collections)
        return {
            "object": "list",
            "data": [_row(passage) for passage in found.passages],
            "relevance": found.relevance,
            "answerable": found.answerable,
        }

    return routes


def _row(passage: Passage) -> dict[str, Any]:
    told = asdict(passage)
    return {"object": "passage", "passage_id": told.pop("id"), **told, "location": passage.location.as_json()}

"""Embeddings: texts as vectors, by the encoder of the passages.

https://platform.openai.com/docs/api-reference/embeddings/create
"""

import base64
import struct
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from assistant.api.v1 import shapes
from assistant.api.v1.asking import Asked, Name, Text
from assistant.api.v1.models import EMBEDS, unknown
from assistant.api.v1.problems import Problem, responses
from assistant.assembly import Assistant

MOST = 256
"""Texts that may be embedded at once."""
CHARACTERS = 100_000
"""The longest of them."""


def _no_tokens(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], int | list):
        raise ValueError("numbers of tokens mean nothing to this encoder: send text (LangChain: "
                         "check_embedding_ctx_length=False)")  # fmt: skip
    return value


Embedded = Annotated[Text, Field(min_length=1, max_length=CHARACTERS)]


class Embedding(Asked):
    """A request for the vectors of one or several texts."""

    input: Annotated[
        Embedded | Annotated[list[Embedded], Field(min_length=1, max_length=MOST)], BeforeValidator(_no_tokens)
    ]
    model: Name = EMBEDS
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    """Only as many as the encoder has."""


def router(assistant: Assistant) -> Any:
    """Build the route /embeddings."""
    from fastapi import APIRouter

    routes = APIRouter(tags=["embeddings"])
    library = assistant.library

    @routes.post("/embeddings", responses=responses(shapes.Vectors, 400, 404, 413))
    def embeddings(asked: Embedding) -> dict[str, Any]:
        """Return the vectors of unit length of some texts; a long text is the mean of its stretches."""
        if asked.model not in (EMBEDS, assistant.settings.knowledge.embedding):
            raise unknown(asked.model)
        texts = [asked.input] if isinstance(asked.input, str) else asked.input
        vectors = library.embed(texts)
        if asked.dimensions not in (None, len(vectors[0])):
            raise Problem(400, f"dimensions: this encoder has {len(vectors[0])}", "dimensions", "dimensions")
        rows = [_row(index, vector, asked.encoding_format) for index, vector in enumerate(vectors)]
        count = library.count(texts)
        used = {"prompt_tokens": count, "total_tokens": count}
        return {"object": "list", "data": rows, "model": asked.model, "usage": used}

    return routes


def _row(index: int, vector: Sequence[float], form: str | None) -> dict[str, Any]:
    told: Any = list(vector)
    if form == "base64":
        told = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
    return {"object": "embedding", "index": index, "embedding": told}

"""What goes wrong, as OpenAI's error objects: one line for whoever asked, whatever was the matter."""

import logging
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from assistant import errors
from assistant.errors import AssistantError, Busy
from finetune.errors import FinetuneError
from finetune.errors import ModelUnavailable as FinetuneModelUnavailable
from knowledge.errors import IndexUnavailable, KnowledgeError, UnreadableFile, UnsupportedFormat

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

UNEXPECTED = "Something went wrong here that is not the request's fault; the server's log says where."
WAIT = 5
"""Seconds after which to try again where a part of the assistant is away."""
OURS = (AssistantError, KnowledgeError, FinetuneError)
NO_FIELDS = frozenset(
    ["body", "query", "path", "str", "system", "developer", "user", "assistant", "up", "down", "none"]
)
"""Parts of a place in a request that are no fields: where it stands, and which of several forms was read."""
WORDS = {
    400: "The request cannot be used as it is; the message says why.",
    403: "The caller may not do this.",
    404: "There is no such thing, or the caller may not see it.",
    405: "The address does not know this method.",
    409: "It cannot be done as things stand now.",
    413: "The body is too large.",
    415: "The file, or the body, is of a kind that is not read.",
    429: "Too many want an answer at once; Retry-After says when to try again.",
    503: "A part of the assistant cannot be used now.",
}


@dataclass(eq=False)
class Problem(Exception):
    """A request that is answered with an error object."""

    status: int
    message: str
    param: str | None = None
    """The field that is the matter."""
    code: str | None = None
    """A word for programs."""
    retry: int | None = None
    """After how many seconds to try again."""

    @property
    def body(self) -> dict[str, Any]:
        """The error object.

        https://platform.openai.com/docs/guides/error-codes
        """
        kind = {403: "permission_error", 429: "rate_limit_error"}.get(self.status, "invalid_request_error")
        kind = "server_error" if self.status >= 500 else kind
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}


KNOWN: tuple[tuple[type[Exception], Problem], ...] = (
    (errors.TooLong, Problem(400, "", "messages", "context_length_exceeded")),
    (errors.ModelUnavailable, Problem(503, "", code="model_unavailable", retry=WAIT)),
    (FinetuneModelUnavailable, Problem(503, "", code="model_unavailable", retry=WAIT)),
    (errors.StoreUnavailable, Problem(503, "", code="storage_unavailable", retry=WAIT)),
    (IndexUnavailable, Problem(503, "", code="storage_unavailable", retry=WAIT)),
    (UnsupportedFormat, Problem(415, "", "file", "unsupported_format")),
    (UnreadableFile, Problem(400, "", "file", "unreadable_file")),
)
"""What is answered to the product's own errors; to others by whether the caller can mend them."""


def problem(error: Exception) -> Problem:
    """Return what an error is answered with."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Busy):
        return Problem(429, str(error), code="busy", retry=max(1, round(error.seconds)))
    for kind, found in KNOWN:
        if isinstance(error, kind):
            return replace(found, message=str(error))
    if isinstance(error, OURS):
        mendable = error.exit_status == 2
        return Problem(400, str(error), code="bad_input") if mendable else Problem(503, str(error), retry=WAIT)
    return unexpected(error)


def unexpected(error: Exception) -> Problem:
    """Note where something broke, never its words, which may be those of a person."""
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s in the programming interface:\n%s", type(error).__name__, places)
    return Problem(500, UNEXPECTED)


def invalid(found: Sequence[Any]) -> Problem:
    """Return what a request is answered with that does not have the form asked for; what it holds is not repeated."""
    if any(error.get("type") == "json_invalid" or tuple(error["loc"]) == ("body",) for error in found):
        return Problem(
            400, "the body must be a JSON object: send one, with Content-Type: application/json", None, "not_json"
        )
    told = max(found, key=lambda error: len(error["loc"]))  # of the ways to read a field, the one that got furthest
    where = [str(part) for part in told["loc"] if part not in NO_FIELDS and _plain(part)]
    param = ".".join(where) or None
    words = told["msg"].removeprefix("Value error, ")
    return Problem(400, f"{param}: {words}" if param else words, param, "invalid_value")


def _plain(part: int | str) -> bool:
    """Whether a part of a place is a field's name or a number, and not the name of a type that was tried."""
    return isinstance(part, int) or (part.replace("_", "").isalnum() and part[:1].islower())


def responses(shape: type[BaseModel], *statuses: int, success: int = 200) -> dict[int | str, dict[str, Any]]:
    """Describe what a route answers, and the errors that it may answer with, for the OpenAPI document."""
    schema = {"$ref": "#/components/schemas/Error"}
    described: dict[int | str, dict[str, Any]] = {success: {"model": shape}}
    for status in (*statuses, 403, 503):
        described[status] = {"description": WORDS[status], "content": {"application/json": {"schema": schema}}}
        if status in (429, 503):
            described[status]["headers"] = {
                "Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}
            }
    return described


SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
"""The error object in the OpenAPI document."""


def answer(found: Problem) -> Any:
    """Return the response."""
    from starlette.responses import JSONResponse

    headers = {"Retry-After": str(found.retry)} if found.retry else {}
    return JSONResponse(found.body, found.status, headers)


def install(app: Any) -> None:
    """Answer every error of an application with an error object."""
    from fastapi.exceptions import RequestValidationError
    from starlette.exceptions import HTTPException

    def ours(_request: Any, error: Exception) -> Any:
        return answer(problem(error))

    def validation(_request: Any, error: RequestValidationError) -> Any:
        return answer(invalid(error.errors()))

    def http(_request: Any, error: HTTPException) -> Any:
        words = f"{error.detail}: /v1/openapi.json lists what there is" if error.status_code == 404 else error.detail
        told = answer(Problem(error.status_code, words))
        told.headers.update(error.headers or {})
        return told

    for kind in (*OURS, Problem):
        app.add_exception_handler(kind, ours)
    app.add_exception_handler(RequestValidationError, validation)
    app.add_exception_handler(HTTPException, http)
    app.add_middleware(Border)


class Border:
    """Catches what nobody expected, before a server prints it with the words of whoever asked."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer the request; what breaks before the answer has begun is answered as an error."""
        begun = False

        async def noting(message: "Message") -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:  # noqa: BLE001 - the border
            found = unexpected(error)
            if not begun:
                await answer(found)(scope, receive, send)

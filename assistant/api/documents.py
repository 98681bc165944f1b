"""Documents to look at: their text with a passage marked, their pages as pictures, and the original files.

Everything goes through the reader of whoever asks: what they may not read is to them as if it were not there.
"""

from typing import Any
from urllib.parse import quote

from assistant.api.callers import caller
from assistant.api.document_page import document_page, problem_page
from assistant.assembly import Assistant
from knowledge.errors import BadInput
from knowledge.reader import Reader

POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'"
"""No script runs on the page of a document, whatever the document holds."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Who may read a document can change, so the browser keeps nothing; and other sites cannot show it as their own."""
MISSING = "There is no such document here, or you may not read it."


def router(assistant: Assistant) -> Any:
    """Build the routes under /documents."""
    from fastapi import APIRouter, Request
    from fastapi.responses import HTMLResponse, Response

    routes = APIRouter(prefix="/documents")

    def reader(request: Request) -> Reader:
        return assistant.library.reader(caller(request).user)

    @routes.get("/{document_id}")
    def page(
        request: Request, document_id: str, start: int | None = None, end: int | None = None, at: int = 0
    ) -> Response:
        document = reader(request).document(document_id)
        text, passages = reader(request).text(document_id), reader(request).passages(document_id)
        marked = (start, end) if start is not None and end is not None else None
        return HTMLResponse(document_page(document, text, passages, marked, at), headers=HEADERS)

    @routes.get("/{document_id}/pages/{number}.png")
    def picture(request: Request, document_id: str, number: int, start: int = 0, end: int = 0) -> Response:
        data = reader(request).page_picture(document_id, number, start, end)
        return Response(data, media_type="image/png", headers=HEADERS)

    @routes.get("/{document_id}/original")
    def original(request: Request, document_id: str) -> Response:
        name, data = reader(request).original(document_id)
        # Never shown in the browser, whatever it is: a web page among the documents must not run here.
        attached = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
        return Response(data, media_type="application/octet-stream", headers=HEADERS | attached)

    return routes


def problem(_request: Any, error: Exception) -> Any:
    """Answer a request under /documents that ended in an error of the knowledge base."""
    from fastapi.responses import HTMLResponse

    if isinstance(error, BadInput):
        return HTMLResponse(problem_page(MISSING), 404, HEADERS)
    return HTMLResponse(problem_page(f"The documents cannot be read now: {error}"), 503, HEADERS)

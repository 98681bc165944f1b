"""How an adapter was judged, as a page of its own: its sheet, with those answers that whoever asks may read."""

from typing import Any

from assistant.api.callers import caller
from assistant.api.documents import HEADERS
from assistant.assembly import Assistant
from assistant.feedback import rated_answers
from finetune.errors import BadInput
from finetune.evaluation import sheet
from finetune.evaluation.sheet_page import html, page
from finetune.registry import check_name

MISSING = "There is no such sheet here: the adapter was never judged, or it is gone."


def router(assistant: Assistant) -> Any:
    """Build the route under /sheet."""
    from fastapi import APIRouter, Request
    from fastapi.responses import HTMLResponse, Response

    routes = APIRouter(prefix="/sheet")
    settings = assistant.settings.finetune

    @routes.get("/{name}")
    def shown(request: Request, name: str) -> Response:
        try:
            found = _read(check_name(name))
        except BadInput:
            return HTMLResponse(html("Sheet", f"<h1>Sheet</h1><p>{MISSING}</p>"), 404, HEADERS)
        allowed = assistant.access(caller(request).user).open
        readable = {None, *(row.turn_id for row in rated_answers(assistant.store, allowed))}
        answers = [one.shown for one in found.answers if one.turn_id in readable]
        withheld = len(found.answers) - len(answers)
        return HTMLResponse(page(found.name, found.decision, answers, withheld=withheld), headers=HEADERS)

    def _read(name: str) -> sheet.Sheet:
        kept = settings.adapters_dir / name
        return sheet.read(kept if (kept / sheet.FILE).exists() else settings.runs_dir / name)

    return routes

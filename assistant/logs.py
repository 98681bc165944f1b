"""How the log is written: lines for people, or a JSON object a line; each knows which request it belongs to."""

import json
import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

Form = Literal["text", "json"]
TEXT = "%(levelname)s %(name)s: %(message)s"
REQUESTS = "apprentice.requests"
"""The logger of the lines that tell of requests."""

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered; empty outside of one."""


class Lines(logging.Formatter):
    """Writes a record as one JSON object: what went wrong is told by its kind and place, never by its own words."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one record."""
        row: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := request_id.get():
            row["request"] = request
        row |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[0]:
            row["error"] = record.exc_info[0].__name__
            row["trace"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(record.exc_info[2])]
        return json.dumps(row, ensure_ascii=False)


def set_up(form: Form) -> None:
    """Log to stderr in a form, unless something else listens already, which then is told in that form.

    As text the good news of each request would hide the bad: they are told of in JSON alone.
    """
    logging.basicConfig(level=logging.WARNING, format=TEXT)
    if form == "json":
        for handler in logging.getLogger().handlers:
            handler.setFormatter(Lines())
    logging.getLogger("finetune").setLevel(logging.INFO)
    logging.getLogger(REQUESTS).setLevel(logging.INFO if form == "json" else logging.WARNING)

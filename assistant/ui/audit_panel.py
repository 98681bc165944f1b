"""The audit log on the page: filter, read, export, and check that it is whole."""

import tempfile
from functools import partial
from pathlib import Path
from typing import Any, get_args

import gradio as gr

from assistant.audit import export, moment, told
from assistant.guardrails.rails import Action
from assistant.store.audit import NOTE, AuditLog, Wanted
from assistant.ui import border, review_listings

MOST = 200
ANY = ""
RAILS = ("injection", "privacy", "harm", "domain", "grounding", "length")
Updates = dict[Any, Any]
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class AuditPanel:
    """The lower part of the Review tab."""

    def __init__(self, log: AuditLog) -> None:
        self._log = log

    def build(self) -> None:
        """Lay it out and wire it."""
        gr.Markdown("### Audit log\nWho, when, which rule; of texts only a keyed hash. Rows are only ever added.")
        with gr.Row(equal_height=True):
            since = gr.Textbox("", label="Since (UTC)", placeholder="2026-01-31", max_lines=1, min_width=120)
            until = gr.Textbox("", label="Until (UTC)", placeholder="2026-02-28", max_lines=1, min_width=120)
            rail = gr.Dropdown([("Any", ANY), *RAILS], value=ANY, label="Rail", allow_custom_value=True, min_width=120)
            action = gr.Dropdown([("Any", ANY), *get_args(Action), NOTE], value=ANY, label="Action", min_width=120)
            user = gr.Textbox("", label="User", max_lines=1, min_width=120)
        self._filters = [since, until, rail, action, user]
        with gr.Row():
            show = gr.Button("Show", variant="primary", min_width=100)
            as_csv = gr.Button("Export as CSV", min_width=120)
            as_jsonl = gr.Button("Export as JSONL", min_width=120)
            check = gr.Button("Check the chain", min_width=120)
        self._checked = gr.Markdown("", elem_id="chain")
        self._file = gr.File(label="Export", visible=False, elem_id="exported")
        self._rows = gr.HTML("", elem_id="audit")
        for event in (show.click, since.submit, until.submit, user.submit, rail.input, action.input):
            event(border.for_reviewers(self._show), self._filters, self._rows, **QUIET)
        for button, ending in ((as_csv, ".csv"), (as_jsonl, ".jsonl")):
            button.click(border.for_reviewers(partial(self._export, ending)), self._filters, self._file, **QUIET)
        check.click(border.for_reviewers(self._check), None, self._checked, api_visibility="private")

    def shown(self) -> list[Any]:
        """The components that a view sets."""
        return [self._rows, self._file, self._checked, *self._filters]

    def view(self) -> Updates:
        """Show the newest rows, whatever was filtered before."""
        fresh: Updates = dict.fromkeys(self._filters, "")
        return {**fresh, self._rows: self._show(), self._file: gr.update(visible=False), self._checked: ""}

    def _show(self, *filters: str | None) -> str:
        return review_listings.log(list(self._log.rows(_wanted(*filters), newest=MOST)), MOST)

    def _export(self, ending: str, *filters: str | None) -> Any:
        file = Path(tempfile.mkdtemp(prefix="audit-")) / f"audit{ending}"
        export(self._log.rows(_wanted(*filters)), file)
        return gr.update(value=str(file), visible=True)

    def _check(self) -> str:
        return "\n\n".join(f"**{line}**" for line in told(self._log.check()))


def _wanted(
    since: str | None = "",
    until: str | None = "",
    rail: str | None = "",
    action: str | None = "",
    user: str | None = "",
) -> Wanted:
    return Wanted(
        since=moment(since),
        until=moment(until, end=True),
        rail=(rail or "").strip() or None,
        action=action or None,
        user=(user or "").strip() or None,
    )

"""The Review tab: rate what nobody rated, decide on appeals and refit the rails with it, read the audit log."""

from typing import Any

import gradio as gr

from assistant.appeals import LABELS, Verdict, decide_open, taken_for
from assistant.assembly import Assistant
from assistant.guardrails import refits
from assistant.refitting import refit, undo
from assistant.ui import review_listings
from assistant.ui.audit_panel import AuditPanel
from assistant.ui.border import for_reviewers
from assistant.ui.personal import Personal
from assistant.ui.queue_panel import QueuePanel

ANSWER, QUESTION = "The answer", "The question"
Updates = dict[Any, Any]
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class ReviewTab(Personal):
    """Builds the tab and answers its clicks; it is for reviewers alone."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(assistant)
        self._store = assistant.store
        self._queue = QueuePanel(assistant)
        self._log = AuditPanel(assistant.store.audit)

    def build(self) -> None:
        """Lay the tab out and wire it; called inside of the page's Blocks."""
        self._queue.build()
        with gr.Row(equal_height=False):
            with gr.Column(scale=3):
                self._lay_out_appeals()
            with gr.Column(scale=2, min_width=300):
                self._lay_out_refit()
        self._log.build()
        self._wire()

    def _lay_out_appeals(self) -> None:
        gr.Markdown("### Appeals\nSomebody says that a rail was wrong. What you decide teaches the rails.")
        self._chosen = gr.Dropdown([], label="Open appeals", elem_id="appeals")
        self._shown = gr.HTML("", elem_id="appealed")
        self._open = gr.State(None)
        with gr.Column(visible=False) as self._deciding:
            with gr.Row(equal_height=True):
                self._label = gr.Dropdown([*LABELS[1:]], label="If it is to be stopped, it is", scale=2)
                self._side = gr.Radio([ANSWER, QUESTION], value=ANSWER, label="What should have been blocked", scale=2)
            with gr.Row():
                self._fine = gr.Button("It was fine")
                self._stopped = gr.Button("It was rightly stopped", variant="stop")
        with gr.Accordion("Decided", open=False):
            self._decided = gr.HTML("", elem_id="decided")

    def _lay_out_refit(self) -> None:
        gr.Markdown("### Refit\nFit the injection and harm rails to what was decided.")
        self._standing = gr.Markdown("", elem_id="heads")
        with gr.Row():
            self._refit = gr.Button("Refit the rails", variant="primary")
            self._undo = gr.Button("Undo the last refit")
        self._outcome = gr.HTML("", elem_id="refit")

    def _wire(self) -> None:
        answer = [self._open, self._label, self._side]
        self._chosen.input(for_reviewers(self._show), self._chosen, self._looked(), **QUIET)
        # What is decided on is what is to be read there, whatever was chosen since.
        self._fine.click(for_reviewers(self._fine_by), answer, self._appeals(), **QUIET)
        self._stopped.click(for_reviewers(self._stopped_by), answer, self._appeals(), **QUIET)
        self._refit.click(
            for_reviewers(self._refitted), None, [self._outcome, *self._appeals()], api_visibility="private"
        )
        self._undo.click(for_reviewers(self._undone), None, [self._outcome, *self._appeals()], **QUIET)

    def shown(self) -> list[Any]:
        """The components that a view of the tab sets."""
        return [*self._queue.shown(), *self._appeals()]

    def _appeals(self) -> list[Any]:
        return [self._chosen, *self._looked(), self._decided, self._standing, *self._log.shown()]

    def _looked(self) -> list[Any]:
        return [self._shown, self._open, self._deciding, self._label, self._side, self._stopped]

    def view(self) -> Updates:
        """Show the queue, the appeals, the heads in force and the newest rows of the log as they are now."""
        return {**self._queue.view(), **self._appealed()}

    def _appealed(self) -> Updates:
        heads = self._assistant.settings.heads
        waiting = self._store.appeals.all(open_=True)
        first = waiting[0].id if waiting else None
        choices = [(review_listings.named(one), one.id) for one in waiting]
        return {
            self._chosen: gr.update(choices=choices, value=first, visible=bool(waiting)),
            **self._show(first),
            self._decided: review_listings.decided(self._store.appeals.all(open_=False)),
            self._standing: review_listings.standing(refits.in_force(heads), refits.card(heads)),
            **self._log.view(),
        }

    def _show(self, chosen: int | None) -> Updates:
        one = self._store.appeals.one(chosen) if chosen is not None else None
        given = one is not None and one.kind == "answered"
        return {
            self._shown: review_listings.appeal(one),
            self._open: chosen,
            self._deciding: gr.update(visible=one is not None),
            self._label: gr.update(value=taken_for(one) if one else None),
            self._side: gr.update(visible=given, value=ANSWER),
            self._stopped: "It should have been blocked" if given else "It was rightly stopped",
        }

    def _fine_by(self, opened: int | None, _label: str | None, side: str) -> Updates:
        return self._decide(opened, "fine", None, side)

    def _stopped_by(self, opened: int | None, label: str | None, side: str) -> Updates:
        return self._decide(opened, "stopped", label, side)

    def _decide(self, opened: int | None, verdict: Verdict, label: str | None, side: str) -> Updates:
        if opened is not None:
            decide_open(self._store, opened, verdict, label, self._user, question=side == QUESTION)
        return self._appealed()

    def _refitted(self) -> Updates:
        found = refit(self._store, self._assistant.settings, self._assistant.views, self._user)
        return {self._outcome: review_listings.outcome(found), **self._appealed()}

    def _undone(self) -> Updates:
        undo(self._store, self._assistant.settings, self._user)
        return {self._outcome: "", **self._appealed()}

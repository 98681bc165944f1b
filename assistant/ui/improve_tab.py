"""The Improve tab: the ratings, a run to start and to look at, the gate's verdict, and which adapter serves."""

from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.scheduling import looked
from assistant.ui.adapters_panel import AdaptersPanel
from assistant.ui.border import for_administrators, silent
from assistant.ui.run_panel import RunPanel
from assistant.ui.start_panel import StartPanel
from assistant.ui.trial_panel import TrialPanel

TICK = 2.0
Updates = dict[Any, Any]
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class ImproveTab:
    """Builds the tab and answers its clicks; everything shown is read from the home folder again each time."""

    def __init__(self, assistant: Assistant) -> None:
        self._settings = assistant.settings
        self._start = StartPanel(assistant)
        self._runs = RunPanel(assistant)
        self._adapters = AdaptersPanel(assistant)
        self._trial = TrialPanel(assistant)

    def build(self) -> None:
        """Lay the tab out; called inside of the page's Blocks."""
        self._seen = gr.State(("", ""))
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=360):
                self._start.build()
            with gr.Column(scale=2, min_width=320):
                self._adapters.build()
                self._trial.build()
        self._runs.build()
        self._wire()

    def _wire(self) -> None:
        start, runs, adapters = self._start, self._runs, self._adapters
        start.start.click(for_administrators(self._begin), start.wishes(), self.shown(), **QUIET)
        runs.chosen.input(for_administrators(runs.view), runs.chosen, runs.shown(), **QUIET)
        runs.halt.click(for_administrators(self._stop), runs.chosen, runs.shown(), **QUIET)
        runs.resume.click(for_administrators(self._resume), runs.chosen, runs.shown(), **QUIET)
        adapters.promotion.click(for_administrators(self._promote), adapters.chosen, self._serving_shown(), **QUIET)
        adapters.back.click(for_administrators(self._roll_back), None, self._serving_shown(), **QUIET)
        watch = silent(self._watch, "administrator")
        gr.Timer(TICK).tick(watch, [self._seen, runs.chosen], [self._seen, *self.shown()], **QUIET)

    def shown(self) -> list[Any]:
        """The components that a view of the tab sets."""
        return [*self._start.shown(), *self._runs.shown(), *self._serving_shown()]

    def view(self) -> Updates:
        """Show ratings, the latest run, and the adapters as they are now."""
        return {**self._start.view(), **self._runs.view(), **self._serving_view()}

    def _serving_shown(self) -> list[Any]:
        return [*self._adapters.shown(), *self._trial.shown()]

    def _serving_view(self) -> Updates:
        """Show what may serve, and the trial that may change it."""
        return {**self._adapters.view(), **self._trial.view()}

    def _watch(self, seen: tuple[str, str], chosen: str | None) -> Updates:
        """Show how runs go on, a new one at once; nothing is sent where nothing has changed since this page looked."""
        newest, standing = self._runs.mark(chosen)
        if newest != seen[0]:
            chosen = None
        now = newest, f"{chosen} {standing} {self._adapters.mark()} {self._trial.stamp()} {looked(self._settings).at}"
        if now == tuple(seen):
            return {self._seen: now}
        return {self._seen: now, **self._start.watched(), **self._runs.view(chosen), **self._serving_view()}

    def _begin(self, *wishes: Any) -> Updates:
        self._start.begin(*wishes)
        return self.view()

    def _stop(self, chosen: str | None) -> Updates:
        self._runs.stop(chosen)
        return self._runs.view(chosen)

    def _resume(self, chosen: str | None) -> Updates:
        self._runs.go_on(chosen)
        return self._runs.view(chosen)

    def _promote(self, name: str | None) -> Updates:
        self._adapters.promote(name)
        return self._serving_view()

    def _roll_back(self) -> Updates:
        self._adapters.roll_back()
        return self._serving_view()

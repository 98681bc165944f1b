"""Look at a run: how far it is, its curves and its verdict; stop it, or let it go on."""

from datetime import UTC, datetime
from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.errors import BadInput
from assistant.ui import decision_view, training_view
from assistant.ui.curves import Curves
from assistant.ui.run_reader import RunReader, log_tail
from finetune import jobs
from finetune.runs import Run

Updates = dict[Any, Any]


class RunPanel:
    """The lower part of the Improve tab."""

    def __init__(self, assistant: Assistant) -> None:
        self._settings = assistant.settings.finetune
        self._reader = RunReader(assistant.settings.finetune)
        self._curves = Curves()

    def build(self) -> None:
        """Lay it out."""
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=360):
                gr.Markdown("### Run")
                with gr.Row():
                    self.chosen = gr.Dropdown([], label="Run to look at", scale=3)
                    self.halt = gr.Button(
                        "Stop the run", variant="stop", visible=False, min_width=120, elem_classes="low-button"
                    )
                    self.resume = gr.Button("Resume the run", visible=False, min_width=120, elem_classes="low-button")
                self._run = gr.HTML("", elem_id="run")
                self._curves.build()
            with gr.Column(scale=2, min_width=320):
                gr.Markdown("### Runs")
                self._runs = gr.HTML("", elem_id="runs")
                self._decision = gr.HTML("", elem_id="decision")

    def shown(self) -> list[Any]:
        """The components that a view sets."""
        return [self.chosen, self.halt, self.resume, self._run, self._decision, self._runs, *self._curves.shown()]

    def view(self, chosen: str | None = None) -> Updates:
        """Show one run, the latest where none is chosen, and the list of them all."""
        found, now = self._reader.all(), datetime.now(UTC)
        run = _of(found, chosen)
        names = [one.name for one in reversed(found)]
        return {
            self.chosen: gr.update(choices=names, value=run.name if run else None, visible=bool(found)),
            self.halt: gr.update(visible=run is not None and run.on),
            self.resume: gr.update(visible=run is not None and run.state in ("stopped", "failed")),
            self._run: training_view.run(run, now, log_tail(run) if run and run.error else ""),
            self._decision: decision_view.decision(run.decision, run.name) if run else "",
            self._runs: training_view.runs(found, now),
            **self._curves.view(run.history if run else ()),
        }

    def mark(self, chosen: str | None) -> tuple[str, str]:
        """Name the latest run, and say how it and the chosen one stand: where both are the same, nothing is new."""
        found = self._reader.all()
        seen = {one.name: one for one in (_of(found, chosen), _of(found, None)) if one}
        told = " ".join(f"{one.name} {one.state} {len(one.history)}" for one in seen.values())
        return found[-1].name if found else "", told

    def stop(self, chosen: str | None) -> None:
        """Stop the run that is looked at."""
        if run := _of(self._reader.all(), chosen):
            jobs.stop(run)

    def go_on(self, chosen: str | None) -> None:
        """Let the run that is looked at go on from where it was broken off.

        Raises:
            BadInput: there is none, or it cannot go on.
        """
        run = _of(self._reader.all(), chosen)
        if run is None:
            raise BadInput("there is no run to resume: start one")
        jobs.resume(self._settings, run.name)


def _of(found: list[Run], chosen: str | None) -> Run | None:
    """Return the chosen run, or else the latest."""
    return next((run for run in found if run.name == chosen), found[-1] if found else None)

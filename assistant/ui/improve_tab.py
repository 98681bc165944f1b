"""The Improve tab: the ratings there are, the run, the gate's verdict, and which adapter serves."""

from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.feedback import rated_answers
from assistant.improvement import improve
from assistant.ui import render
from assistant.ui.border import told
from finetune import jobs, preferences
from finetune.errors import NotEnoughData
from finetune.jobs import Run

METHODS = [
    ("Choose by the ratings", "auto"),
    ("SFT: imitate liked and corrected answers", "sft"),
    ("DPO: prefer the better of two answers", "dpo"),
    ("KTO: learn from single thumbs", "kto"),
]
TICK = 2.0
Updates = dict[Any, Any]


class ImproveTab:
    """Builds the tab and answers its clicks; everything shown is read from the home folder again each time."""

    def __init__(self, assistant: Assistant) -> None:
        self._settings = assistant.settings
        self._store = assistant.store
        self._registry = assistant.registry

    def build(self) -> None:
        """Lay the tab out; called inside of the page's Blocks."""
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        self._seen = gr.State("")
        with gr.Row(equal_height=False):
            with gr.Column():
                self._lay_out_run()
            with gr.Column():
                self._lay_out_adapters()
        self._start_button.click(told(self._start), self._method, self.shown(), **quiet)
        self._halt.click(told(self._stop), None, self.shown(), **quiet)
        self._promote_button.click(told(self._promote), self._chosen, self.shown(), **quiet)
        self._back_button.click(told(self._rollback), None, self.shown(), **quiet)
        gr.Timer(TICK).tick(told(self._watch), self._seen, [*self.shown(), self._seen], **quiet)

    def _lay_out_run(self) -> None:
        gr.Markdown("### Ratings")
        self._ratings = gr.Markdown("", elem_id="ratings")
        with gr.Row():
            self._method = gr.Dropdown(METHODS, value="auto", label="Method", scale=3)
            with gr.Column(scale=2, min_width=160):
                self._start_button = gr.Button("Start a run", variant="primary")
                self._halt = gr.Button("Stop the run", variant="stop", visible=False)
        gr.Markdown("### Run")
        self._run = gr.HTML("", elem_id="run")
        self._loss = gr.LinePlot(x="step", y="loss", label="Loss", height=220, visible=False)

    def _lay_out_adapters(self) -> None:
        gr.Markdown("### Verdict")
        self._decision = gr.HTML("", elem_id="decision")
        gr.Markdown("### Adapters")
        self._serving = gr.Markdown("", elem_id="serving")
        self._adapters = gr.HTML("", elem_id="adapters")
        with gr.Row():
            self._chosen = gr.Dropdown([], label="Adapter", scale=3)
            with gr.Column(scale=2, min_width=160):
                self._promote_button = gr.Button("Promote")
                self._back_button = gr.Button("Roll back")

    def shown(self) -> list[Any]:
        """The components that a view of the tab sets."""
        return [
            self._ratings,
            self._run,
            self._loss,
            self._halt,
            self._decision,
            self._serving,
            self._adapters,
            self._chosen,
        ]

    def view(self) -> Updates:
        """Show ratings, the latest run, and the adapters as they are now."""
        runs = jobs.all_runs(self._settings.finetune)
        run = runs[-1] if runs else None
        adapters = self._registry.all()
        active = self._registry.active(self._settings.finetune.model)
        return {
            self._ratings: self._counted(),
            self._run: render.run(run),
            self._loss: _plot(run),
            self._halt: gr.update(visible=run is not None and run.on),
            self._decision: render.decision(run.decision, run.name) if run else "",
            self._serving: f"Serving now: **{active.name}**" if active else "Serving now: **the base model**",
            self._adapters: render.adapters(adapters),
            self._chosen: gr.update(choices=[adapter.name for adapter in reversed(adapters)]),
        }

    def _watch(self, seen: str) -> Updates:
        """Show how the run goes on; nothing is sent where nothing has changed since this page last looked."""
        runs = jobs.all_runs(self._settings.finetune)
        active = self._registry.active(self._settings.finetune.model)
        now = f"{runs[-1].name} {runs[-1].state} {runs[-1].step}" if runs else ""
        now += f" {active.name}" if active else ""
        return {self._seen: now} if now == seen else {self._seen: now, **self.view()}

    def _counted(self) -> str:
        answers = rated_answers(self._store)
        counts = preferences.count(answers)
        there = (
            f"**{counts['up']}** good, **{counts['down']}** bad, **{counts['corrections']}** corrected, "
            f"**{counts['pairs']}** pairs, in {counts['conversations']} conversations."
        )
        try:
            return f"{there}\n\nEnough for **{preferences.choose(answers).upper()}**."
        except NotEnoughData as error:
            return f"{there}\n\n{error}"

    def _start(self, method: str) -> Updates:
        improve(self._settings, self._store, method=method)
        return self.view()

    def _stop(self) -> Updates:
        for run in jobs.all_runs(self._settings.finetune):
            if run.on:
                jobs.stop(run)
        return self.view()

    def _promote(self, name: str | None) -> Updates:
        if not name:
            raise gr.Error("Choose an adapter first.", print_exception=False)
        self._registry.promote(name, base=self._settings.finetune.model)
        return self.view()

    def _rollback(self) -> Updates:
        self._registry.rollback()
        return self.view()


def _plot(run: Run | None) -> Any:
    import pandas

    if run is None or len(run.losses) < 2:
        return gr.update(visible=False)
    return gr.update(visible=True, value=pandas.DataFrame({"step": range(1, len(run.losses) + 1), "loss": run.losses}))

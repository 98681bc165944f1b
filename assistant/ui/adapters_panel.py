"""The adapters there are, which of them serves, and the buttons that change it."""

from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.audit import promotion
from assistant.errors import BadInput
from assistant.ui import training_view
from assistant.ui.personal import Personal
from finetune.registry import Adapter

Updates = dict[Any, Any]


class AdaptersPanel(Personal):
    """The upper right part of the Improve tab."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(assistant)
        self._log = assistant.store.audit
        self._model = assistant.engine.serving
        self._registry = assistant.registry

    def build(self) -> None:
        """Lay it out."""
        gr.Markdown("### Adapters")
        self._serving = gr.Markdown("", elem_id="serving")
        self._adapters = gr.HTML("", elem_id="adapters")
        with gr.Row():
            self.chosen = gr.Dropdown([], label="Adapter", scale=3)
            with gr.Column(scale=2, min_width=160):
                self.promotion = gr.Button("Promote")
                self.back = gr.Button("Roll back")

    def shown(self) -> list[Any]:
        """The components that a view sets."""
        return [self._serving, self._adapters, self.chosen]

    def view(self) -> Updates:
        """Show the adapters as they are now."""
        adapters, active = self._registry.all(), self._active()
        return {
            self._serving: f"Serving now: **{active.name}**" if active else "Serving now: **the base model**",
            self._adapters: training_view.adapters(adapters),
            self.chosen: gr.update(choices=[adapter.name for adapter in reversed(adapters)]),
        }

    def mark(self) -> str:
        """Name what serves."""
        active = self._active()
        return active.name if active else ""

    def _active(self) -> Adapter | None:
        return self._registry.active(self._model.base, self._model.digest())

    def promote(self, name: str | None) -> None:
        """Let an adapter serve.

        Raises:
            BadInput: none was chosen, or it cannot serve.
        """
        if not name:
            raise BadInput("choose an adapter first")
        with promotion(self._log, "promoted", name, self._user):
            self._registry.promote(name, base=self._model.base, digest=self._model.digest())

    def roll_back(self) -> None:
        """Let serve again what served before."""
        with promotion(self._log, "rolled back", self.mark() or None, self._user):
            self._registry.rollback()

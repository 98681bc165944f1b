"""The curves of a run: what is drawn of its steps, and the plots that draw it."""

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from finetune.training import Step

MOST = 200
"""Points of a curve that are drawn."""
HEIGHT = 260
"""Of a plot, in pixels."""
LOSS = "loss"
CURVES: Mapping[str, Mapping[str, str]] = {
    "Loss": {LOSS: "training", "validation_loss": "validation"},
    "Rewards": {"reward_better": "better", "reward_worse": "worse", "margin": "margin", "reward": "reward"},
    "Reward accuracy": {"accuracy": "accuracy"},
    "KL": {"kl": "KL"},
    "Learning rate": {"learning_rate": "learning rate"},
    "Tokens a second": {"tokens_per_second": "tokens a second"},
    "Memory at most (GB)": {"memory_gb": "memory"},
}
"""Each plot with the figures it draws, and what they are called in it."""
Points = list[tuple[int, float]]
Updates = dict[Any, Any]


def points(history: Sequence[Step], figure: str) -> Points:
    """List a figure over the steps, thinned to what can be told apart; the last one is always there. Pure."""
    if figure == LOSS:
        found = [(step.step, step.loss) for step in history if "validation_loss" not in step.figures]
    else:
        found = [(step.step, step.figures[figure]) for step in history if figure in step.figures]
    every = -(-len(found) // MOST) or 1
    return found[::-1][::every][::-1]


class Curves:
    """A plot for each of `CURVES`, shown as soon as there are two points to it."""

    def build(self) -> None:
        """Lay the plots out, two in a row."""
        self._plots: dict[str, gr.LinePlot] = {}
        with gr.Row(elem_id="curves"):
            for title, figures in CURVES.items():
                color = "of" if len(figures) > 1 else None
                self._plots[title] = gr.LinePlot(
                    x="step", y="value", color=color, label=title, x_title=" ", y_title=" ", color_title=" ",
                    height=HEIGHT, min_width=280, visible=False, buttons=[],
                )  # fmt: skip

    def shown(self) -> list[Any]:
        """The components that a view sets."""
        return list(self._plots.values())

    def view(self, history: Sequence[Step]) -> Updates:
        """Draw what there is of a run."""
        return {self._plots[title]: _drawn(history, figures) for title, figures in CURVES.items()}


def _drawn(history: Sequence[Step], figures: Mapping[str, str]) -> Any:
    import pandas

    found = {called: points(history, figure) for figure, called in figures.items()}
    if max(map(len, found.values())) < 2:
        return gr.update(visible=False)
    rows = [(step, value, called) for called, curve in found.items() for step, value in curve]
    return gr.update(visible=True, value=pandas.DataFrame(rows, columns=["step", "value", "of"]))

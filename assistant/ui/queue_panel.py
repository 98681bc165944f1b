"""The review queue on the page: the answers that nobody rated, one after the other, with the buttons that rate them."""

from html import escape
from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.errors import BadInput
from assistant.reviewing import Waiting
from assistant.turns import Rating, Thumb
from assistant.ui import render
from assistant.ui.border import for_reviewers

SHORT = 70
Updates = dict[Any, Any]
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class QueuePanel:
    """A part of the Review tab."""

    def __init__(self, assistant: Assistant) -> None:
        self._queue = assistant.queue
        self._engine = assistant.engine
        self._store = assistant.store

    def build(self) -> None:
        """Lay it out and wire it."""
        gr.Markdown("### Answers that nobody rated\nYour thumbs and corrections teach the model as everybody's do.")
        with gr.Row(equal_height=True):
            self._chosen = gr.Dropdown([], label="Unrated answers, those to look at first", elem_id="unrated", scale=4)
            self._score = gr.Button("Let the reward model order them", scale=1, min_width=160)
        with gr.Row(equal_height=False, visible=False) as self._rating:
            with gr.Column(scale=3):
                self._shown = gr.HTML("", elem_id="reviewed")
                self._correction = gr.Textbox(label="The answer it should have been (optional)", lines=2, max_lines=8)
                with gr.Row():
                    self._good = gr.Button("👍 Good answer")
                    self._bad = gr.Button("👎 Bad answer")
                    self._skip = gr.Button("Next, without a rating")
            with gr.Column(scale=2, min_width=300):
                self._sources = gr.HTML("", elem_id="reviewed-sources")
        self._open = gr.State(None)
        self._wire()

    def _wire(self) -> None:
        self._chosen.input(for_reviewers(self._show), self._chosen, self._looked(), **QUIET)
        # What is rated is what is to be read there, whatever was chosen since.
        rated = [self._open, self._correction]
        self._good.click(for_reviewers(self._up), rated, self.shown(), **QUIET)
        self._bad.click(for_reviewers(self._down), rated, self.shown(), **QUIET)
        self._skip.click(for_reviewers(self._next), self._open, self._looked(), **QUIET)
        self._score.click(for_reviewers(self._scored), None, self.shown(), api_visibility="private")

    def shown(self) -> list[Any]:
        """The components that a view sets."""
        return [self._score, *self._looked()]

    def _looked(self) -> list[Any]:
        return [self._chosen, self._rating, self._shown, self._sources, self._correction, self._open]

    def view(self) -> Updates:
        """Show the queue as it is now, and the first of it."""
        return {self._score: gr.update(visible=self._queue.judged_by() is not None), **self._show(None)}

    def _show(self, wanted: str | None) -> Updates:
        """Show one answer, the first where none is wanted or the wanted one is rated by now."""
        waiting = self._queue.waiting()
        found = next((one for one in waiting if one.turn.id == wanted), waiting[0] if waiting else None)
        choices = [(named(one), one.turn.id) for one in waiting]
        none = "No answer waits for a rating" if not waiting else None
        return {
            self._chosen: gr.update(choices=choices, value=found.turn.id if found else None, info=none),
            self._rating: gr.update(visible=found is not None),
            self._shown: card(found),
            self._sources: render.sources(found.turn if found else None),
            self._correction: "",
            self._open: found.turn.id if found else None,
        }

    def _next(self, opened: str | None) -> Updates:
        ids = [one.turn.id for one in self._queue.waiting()]
        place = ids.index(opened) + 1 if opened in ids else 0
        return self._show(ids[place % len(ids)] if ids else None)

    def _up(self, opened: str | None, correction: str) -> Updates:
        return self._rate(opened, "up", correction)

    def _down(self, opened: str | None, correction: str) -> Updates:
        return self._rate(opened, "down", correction)

    def _rate(self, opened: str | None, thumb: Thumb, correction: str) -> Updates:
        if opened is None:
            raise BadInput("choose an answer first")
        if self._store.turn(opened).rating is not None:
            raise BadInput("this answer was rated meanwhile: reload the page")
        after = self._next(opened)[self._open]
        self._engine.rate(opened, Rating(thumb, correction=correction.strip() or None))
        return {self._score: gr.update(), **self._show(after)}

    def _scored(self) -> Updates:
        self._queue.score()
        return self.view()


def named(one: Waiting) -> str:
    """Name an answer in a list to choose from."""
    text = " ".join(one.turn.question.split())
    cut = text if len(text) <= SHORT else f"{text[: SHORT - 1]}…"
    return cut if one.score is None else f"{one.score:+.1f}  {cut}"


def card(one: Waiting | None) -> str:
    """Show what was asked and answered, and why it stands where it stands."""
    if one is None:
        return ""
    turn = one.turn
    reasons = [f"the reward model gives it {one.score:+.2f}"] if one.score is not None else []
    reasons += [f"{one.unsupported:.0%} of its sentences rest on no passage"] if one.unsupported else []
    by = escape(turn.adapter or "the base model")
    return (
        f"<p class='quiet'>Question</p><blockquote class='reviewed'>{escape(turn.question)}</blockquote>"
        f"<p class='quiet'>Answer, by {by}</p><blockquote class='reviewed'>{escape(turn.answer)}</blockquote>"
        f"<p class='quiet'>{'; '.join(reasons).capitalize()}</p>"
    )

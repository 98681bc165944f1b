"""Start a run: the method, what it learns from, and its recipe, which can be changed before."""

from pathlib import Path
from typing import Any

import gradio as gr

from assistant.assembly import Assistant
from assistant.errors import BadInput
from assistant.feedback import rated_answers
from assistant.improvement import check_recipe, improve, train
from assistant.scheduling import looked
from assistant.ui import training_view
from assistant.ui.border import for_administrators
from assistant.ui.personal import Personal
from finetune import preferences
from finetune.errors import FinetuneError, NotEnoughData
from finetune.formats import dataset, sufficiency
from finetune.recipe import RECIPES

AUTO = "auto"
RATINGS, FILE = "The ratings", "A file"
LOCKED = "Only whoever runs this machine can train on files or by recipes of their own; this page is a user's."
Updates = dict[Any, Any]
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class StartPanel(Personal):
    """The upper left part of the Improve tab."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__(assistant)
        self._settings = assistant.settings
        self._store = assistant.store

    @property
    def _locked(self) -> bool:
        """Whether whoever clicks may train on the ratings, and by the recipes that there are, alone."""
        return not self.caller.administrator

    def build(self) -> None:
        """Lay it out, and wire what concerns nothing else."""
        gr.Markdown("### Ratings")
        self._ratings = gr.Markdown("", elem_id="ratings")
        self._schedule = gr.HTML("", elem_id="schedule")
        gr.Markdown("### Train")
        with gr.Row(equal_height=False):
            self._method = gr.Dropdown(training_view.method_choices(), value=AUTO, label="Method", scale=3)
            self._from = gr.Radio(
                [RATINGS, FILE], value=RATINGS, label="Learn from", scale=2, interactive=not self._locked
            )
        self._file = gr.File(label="File to learn from (JSONL, or text)", visible=False, height=120, elem_id="dataset")
        self._held = gr.HTML("", elem_id="dataset-held", visible=False)
        with gr.Accordion("Recipe", open=False, visible=False, elem_id="recipe") as self._recipe:
            self._text = gr.Code(
                "", language="python", label="TOML", lines=10, max_lines=24, interactive=not self._locked
            )
            with gr.Row():
                self._checked = gr.HTML("", elem_id="recipe-checked")
                self._reset = gr.Button("As it comes", min_width=140, scale=0)
        self.start = gr.Button("Start a run", variant="primary")
        self._wire()

    def _wire(self) -> None:
        recipe = [self._recipe, self._text, self._checked]
        self._method.input(for_administrators(_recipe_of), self._method, recipe, **QUIET)
        self._reset.click(for_administrators(_recipe_of), self._method, recipe, **QUIET)
        self._from.input(for_administrators(_source), self._from, [self._file, self._held], **QUIET)
        self._file.change(for_administrators(_held), self._file, self._held, **QUIET)
        self._text.blur(for_administrators(_judged), [self._text, self._method], self._checked, **QUIET)

    def wishes(self) -> list[Any]:
        """The components that say what run is to be started."""
        return [self._method, self._from, self._file, self._text]

    def shown(self) -> list[Any]:
        """The components that a view sets."""
        return [self._ratings, self._schedule]

    def view(self) -> Updates:
        """Show the ratings there are, and when runs start by themselves."""
        return {self._ratings: self._counted(), **self.watched()}

    def watched(self) -> Updates:
        """Show when runs start by themselves, which costs nothing to know."""
        return {self._schedule: training_view.schedule(self._settings.improve, looked(self._settings))}

    def begin(self, method: str, source: str, file: str | None, text: str | None) -> None:
        """Start the run that was asked for.

        Raises:
            BadInput: no file was chosen, the recipe is wrong, or another run is on.
            NotEnoughData: there are too few ratings.
        """
        recipe = text if method != AUTO and (text or "").strip() != _own(method).strip() else None
        if self._locked and (recipe or source == FILE):
            raise BadInput(LOCKED)
        if source == RATINGS:
            improve(self._settings, self._store, method=method, recipe=recipe)
        elif file is None:
            raise BadInput("choose a file to learn from first")
        else:
            train(self._settings, Path(file), method=method, recipe=recipe)

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


def _own(method: str) -> str:
    """Return the text of the recipe that comes with a method; none for `auto`."""
    return "" if method == AUTO else (RECIPES / f"{method}.toml").read_text(encoding="utf-8")


def _source(source: str) -> tuple[Any, Any]:
    return gr.update(visible=source == FILE), gr.update(visible=source == FILE)


def _held(file: str | None) -> str:
    """Say what is in a file that was chosen; what is no rows may still be a document."""
    if file is None:
        return ""
    path = Path(file)
    try:
        found = dataset.read(path)
    except FinetuneError as error:
        return training_view.problem(str(error).replace(file, path.name))
    if not found.rows:
        return training_view.problem(f"{path.name} holds no rows to learn from: as a document it suits pre-training")
    return training_view.dataset(found, sufficiency.methods(found.rows))


def _recipe_of(method: str) -> tuple[Any, str, str]:
    return gr.update(visible=method != AUTO), _own(method), ""


def _judged(text: str | None, method: str) -> str:
    """Say in a line what is wrong with a recipe, if anything is."""
    try:
        check_recipe(text or "", method)
    except (BadInput, FinetuneError) as error:
        return training_view.problem(str(error))
    return "<span class='state ready'>The recipe can be run.</span>"

"""From thumbs, or a file, to a run: which method the ratings are enough for, whether there is room, and the start.

runs/
  NAME.jsonl            the ratings that a run is on; a run on a file has none
  NAME.toml             the recipe it was given as a text
datasets/               copies of the files that runs are on
"""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from assistant.errors import BadInput
from assistant.feedback import rated_answers
from assistant.settings import Settings
from assistant.store.store import Store
from finetune import examples, jobs, preferences, room
from finetune.recipe import loads
from finetune.runs import Run
from finetune.settings import FinetuneSettings

Around = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class _Order:
    name: str
    method: str
    dataset: Path
    recipe: Path | str | None
    """A file, or the text of one; the method's own where None."""


def improve(
    settings: Settings,
    store: Store,
    *,
    method: str = "auto",
    recipe: Path | str | None = None,
    around: Around = nullcontext,
) -> Run:
    """Start a run on all ratings, in a process of its own.

    Args:
        settings: for the folders, and the model.
        store: where the ratings are.
        method: one of the recipes', or `auto`.
        recipe: a recipe file, or the text of one; the method's own where None.
        around: what the run is started within, by its name.

    Raises:
        NotEnoughData: there are too few ratings; the text says how many of which kind are missing.
        BadInput: another run is on, or the recipe is wrong.
        NoRoom: a run would take from the chat what it needs.
    """
    named = datetime.now(UTC)  # what is rated from now on is for the next run
    answers = rated_answers(store)
    if method == "auto":
        method = preferences.choose(answers)
    name = _name(method, named)
    order = _Order(name, method, settings.finetune.runs_dir / f"{name}.jsonl", recipe)
    return _start(settings.finetune, order, partial(examples.write, order.dataset, answers), around)


def train(settings: Settings, file: Path, *, method: str = "auto", recipe: Path | str | None = None) -> Run:
    """Start a run on a file, of which a copy is kept; whether it can be learnt from is the run's to tell.

    Raises:
        BadInput: another run is on, the recipe is wrong, or the file cannot be read.
        NoRoom: a run would take from the chat what it needs.
    """
    name = _name(method, datetime.now(UTC))
    order = _Order(name, method, settings.home / "datasets" / f"{name}{_ending(file)}", recipe)
    return _start(settings.finetune, order, partial(shutil.copyfile, file, order.dataset), nullcontext)


def on_ratings(settings: FinetuneSettings, run: Run) -> bool:
    """Tell whether a run is on the ratings of this home."""
    return (settings.runs_dir / f"{run.name}.jsonl").exists()


def check_recipe(text: str, method: str) -> None:
    """See whether a text is a recipe for a method.

    Raises:
        BadInput: it is none; the line says why.
    """
    found = loads(text)
    if found.method != method:
        raise BadInput(f"this is a recipe for {found.method}, not for {method}: choose that method, or change the text")


def _start(settings: FinetuneSettings, order: _Order, write: Callable[[], object], around: Around) -> Run:
    """Check what can be checked here, write what the run is on, and start it; or leave nothing behind."""
    recipe = _recipe(settings, order)
    room.refuse_no_room(settings)
    made = [order.dataset, *([recipe] if isinstance(order.recipe, str) and recipe else [])]
    try:
        for file in made:
            file.parent.mkdir(parents=True, exist_ok=True)
        write()
        if isinstance(order.recipe, str) and recipe:
            recipe.write_text(order.recipe, encoding="utf-8")
        with around(order.name):
            return jobs.start(settings, order.dataset, order.name, method=order.method, recipe=recipe)
    except BaseException:
        for file in made:
            file.unlink(missing_ok=True)
        raise


def _recipe(settings: FinetuneSettings, order: _Order) -> Path | None:
    """Return the file of the recipe; that of a text is still to be written."""
    if not isinstance(order.recipe, str):
        return order.recipe
    check_recipe(order.recipe, order.method)
    return settings.runs_dir / f"{order.name}.toml"


def _ending(file: Path) -> str:
    """Return what tells the form of a file: the last part of its name, or the last two of one that is packed."""
    endings = [ending.lower() for ending in file.suffixes]
    return "".join(endings[-2:] if endings[-1:] == [".gz"] else endings[-1:])


def _name(method: str, now: datetime) -> str:
    return now.strftime(f"{method}-%Y%m%d-%H%M%S")

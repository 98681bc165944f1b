"""From thumbs to a run: which method the ratings are enough for, and the run started on them."""

from datetime import UTC, datetime
from pathlib import Path

from assistant.feedback import rated_answers
from assistant.settings import Settings
from assistant.store.store import Store
from finetune import examples, jobs, preferences
from finetune.jobs import Run


def improve(settings: Settings, store: Store, *, method: str = "auto", recipe: Path | None = None) -> Run:
    """Start a run on all ratings, in a process of its own.

    Raises:
        NotEnoughData: there are too few ratings; the text says how many of which kind are missing.
        BadInput: another run is on.
    """
    answers = rated_answers(store)
    if method == "auto":
        method = preferences.choose(answers)
    name = datetime.now(UTC).strftime(f"{method}-%Y%m%d-%H%M%S")
    settings.finetune.runs_dir.mkdir(parents=True, exist_ok=True)
    dataset = settings.finetune.runs_dir / f"{name}.jsonl"
    examples.write(dataset, answers)
    return jobs.start(settings.finetune, dataset, name, method=method, recipe=recipe)

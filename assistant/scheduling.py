"""Improving by itself: a run is started when there are ratings enough, in the hours when nobody asks, and only then.

runs/
  schedule.lock         held (flock) by the one process of this home that looks, so that two never start
  schedule.json         what the last look found; the page shows it
"""

import fcntl
import json
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import IO

from assistant.errors import AssistantError
from assistant.improvement import improve, on_ratings
from assistant.settings import ImproveSettings, Settings
from assistant.store.audit import NOTE, Entry
from assistant.store.store import Store
from finetune import runs
from finetune.errors import FinetuneError
from finetune.runs import Run

log = logging.getLogger(__name__)

LOOK = 60.0
"""Seconds between two looks."""
PAUSE = timedelta(days=1)
"""How long the ratings of a run that came to nothing are left alone."""
OFF = "it is off"
_FILE = "schedule.json"
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Due:
    """Whether a run is to be started, and why, or why not."""

    start: bool
    why: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What the last look found."""

    at: str = ""
    """ISO 8601, with the machine's own offset; empty where nobody has looked yet."""
    why: str = ""
    run: str | None = None
    """The run that was last started so."""
    started: str | None = None
    """When that was."""


def due(now: datetime, ratings: Sequence[datetime], runs: Sequence[Run], rule: ImproveSettings) -> Due:
    """Decide whether a run is to be started now. Pure.

    Args:
        now: the time, with the machine's own offset.
        ratings: when each was given.
        runs: those on the ratings, the oldest first, and whichever is on.
        rule: when to start.
    """
    if not rule.on:
        return Due(False, OFF)
    on = next((run for run in runs if run.on), None)
    if on is not None:
        return Due(False, f"the run {on.name} is on")
    done = [_moment(run.started) for run in runs if run.state == "done"]
    new = sum(at > max(done) for at in ratings) if done else len(ratings)
    counted = f"{new} of {rule.ratings} new ratings"
    if new < rule.ratings:
        return Due(False, counted)
    pause = _pause(runs)
    if pause is not None and now < pause:
        again = pause.astimezone(now.tzinfo)
        return Due(
            False, f"{counted}; the run {runs[-1].name} {runs[-1].state}, the next is from {again:%d %b %H:%M} on"
        )
    if not within(now, rule):
        return Due(False, f"{counted}; waits for {rule.since:%H:%M}")
    return Due(True, counted)


def within(now: datetime, rule: ImproveSettings) -> bool:
    """Tell whether it is the time at which runs may begin; one that ends before it begins goes over midnight."""
    at = now.time()
    if rule.since == rule.until:
        return True
    if rule.since < rule.until:
        return rule.since <= at < rule.until
    return at >= rule.since or at < rule.until


def _pause(runs: Sequence[Run]) -> datetime | None:
    """Say until when nothing is tried again: a day where the last run came to nothing."""
    last = runs[-1] if runs else None
    if last is None or last.state == "done":
        return None
    return _moment(last.ended or last.started) + PAUSE


def _moment(at: str) -> datetime:
    return datetime.fromisoformat(at)


def _now() -> datetime:
    return datetime.now().astimezone()


class Schedule:
    """Looks whether a run is due, and starts it."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store

    def keep(self, stop: threading.Event, clock: Clock = _now) -> None:
        """Look now and then until `stop` is set; of the processes of one home only one does."""
        folder = self._settings.finetune.runs_dir
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "schedule.lock").open("w") as lock:
            while not stop.is_set():
                if _held(lock):
                    self.look(clock())
                stop.wait(LOOK)

    def look(self, now: datetime) -> Due:
        """Look once, start what is due, and write down what was found; what cannot be started is told, and tried again.

        A run that was started and came to nothing has a pause; what is refused before costs nothing.
        """
        before, run = looked(self._settings), None
        try:
            found = self._decide(now)
            run = self._start(found) if found.start else None
        except (AssistantError, FinetuneError) as error:
            found = Due(False, str(error))
            if found.why != before.why:
                log.warning("No run was started by itself: %s", error)
        self._write(replace(before, at=now.isoformat(timespec="seconds"), why=found.why), run)
        return found

    def _decide(self, now: datetime) -> Due:
        settings = self._settings.finetune
        there = [run for run in runs.all_runs(settings) if run.on or on_ratings(settings, run)]
        return due(now, self._store.rating_times(), there, self._settings.improve)

    def _start(self, found: Due) -> Run:
        method = self._settings.improve.method
        return improve(self._settings, self._store, method=method, around=partial(_noted, self._store, found.why))

    def _write(self, found: Looked, run: Run | None) -> None:
        if run is not None:
            found = replace(found, run=run.name, started=found.at)
        file = self._settings.finetune.runs_dir / _FILE
        file.parent.mkdir(parents=True, exist_ok=True)
        scratch = file.with_name(f".{_FILE}")
        scratch.write_text(json.dumps(asdict(found), ensure_ascii=False), encoding="utf-8")
        scratch.replace(file)


def looked(settings: Settings) -> Looked:
    """Read what the last look found, in whichever process that was."""
    try:
        return Looked(**json.loads((settings.finetune.runs_dir / _FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Looked()


def _noted(store: Store, why: str, name: str) -> AbstractContextManager[None]:
    return store.audit.around([Entry("review", NOTE, rule=f"run started by the schedule: {name} ({why})")])


def _held(lock: IO[str]) -> bool:
    """Take the lock, or see that it is ours already."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

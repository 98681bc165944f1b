"""Adding in the background: jobs wait in a row, one thread works them off, and anybody may look how far each is."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from knowledge.errors import KnowledgeError
from knowledge.jobs import Job, Outcome, Told

log = logging.getLogger(__name__)

KEPT = 500
"""How many finished jobs are remembered when others come."""
ENDED = ("ready", "quarantined", "failed")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one job is."""

    job_id: str
    name: str
    collection: str
    state: Literal["waiting", "working", "ready", "quarantined", "failed"]
    stage: str = ""
    """What is done with it: reading, splitting, embedding."""
    share: float = 0.0
    """How much of the stage is done, from 0 to 1."""
    reason: str | None = None
    """Why it failed or was quarantined, or what of it could not be read."""
    at: str = ""
    """When it last changed: ISO 8601, UTC."""
    user: str | None = None
    """Who added it."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED


class Ingestion:
    """Adds files in a thread of its own; the thread lives only while there is something to do."""

    def __init__(self, add_all: Callable[[Iterator[Job], Told], Iterator[Outcome]]) -> None:
        self._add_all = add_all
        self._lock = threading.Lock()
        self._jobs: deque[Job] = deque()
        self._progress: dict[str, Progress] = {}
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()

    def submit(self, jobs: Sequence[Job]) -> None:
        """Put jobs at the end of the row; they are worked off while the caller goes on.

        Raises:
            KnowledgeError: it was closed.
        """
        with self._lock:
            if self._closing.is_set():
                raise KnowledgeError("nothing is added any more, as the library was closed: open it again")
            ended = [name for name, progress in self._progress.items() if progress.ended]
            for name in ended[: max(0, len(ended) - KEPT)]:
                del self._progress[name]
            for job in jobs:
                self._jobs.append(job)
                self._progress[job.id] = Progress(job.id, job.name, job.collection, "waiting", at=_now(), user=job.user)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="ingestion", daemon=True)
                self._thread.start()

    def progress(self) -> list[Progress]:
        """Return how far each job is, in the order in which they were submitted."""
        with self._lock:
            return list(self._progress.values())

    def busy(self) -> bool:
        """Tell whether any job is waiting or being worked at."""
        return any(not progress.ended for progress in self.progress())

    def wait(self) -> None:
        """Wait until all that was submitted is done."""
        thread = self._thread
        while thread is not None and thread.is_alive():
            thread.join()
            thread = self._thread

    def clear(self) -> None:
        """Forget the jobs that have ended."""
        with self._lock:
            self._progress = {name: progress for name, progress in self._progress.items() if not progress.ended}

    def close(self) -> None:
        """Drop what waits, and wait for what is being worked at."""
        with self._lock:
            self._closing.set()
            dropped = list(self._jobs)
            self._jobs.clear()
        for job in dropped:
            self._change(job.id, state="failed", reason="it was not read, as the library was closed: add it again")
            _delete_temporary(job)
        self.wait()

    def _work(self) -> None:
        while True:
            begun: dict[str, Job] = {}
            try:
                for outcome in self._add_all(self._coming(begun), self._tell):
                    del begun[outcome.job.id]
                    self._end(outcome)
            except KnowledgeError as error:
                log.warning("Documents could not be added: %s", error)
                self._fail(begun, str(error))
            except Exception as error:  # noqa: BLE001 - the border of a thread: nobody would be told, or ask for the rest
                log.error("Documents could not be added: %s", type(error).__name__)
                self._fail(begun, f"this should not happen, please report it: {type(error).__name__}")
            with self._lock:
                if not self._jobs:
                    self._thread = None
                    return

    def _coming(self, begun: dict[str, Job]) -> Iterator[Job]:
        """Yield the jobs that wait, and note that they were begun."""
        while not self._closing.is_set():
            with self._lock:
                job = self._jobs.popleft() if self._jobs else None
            if job is None:
                return
            begun[job.id] = job
            yield job

    def _tell(self, job: Job, stage: str, share: float) -> None:
        self._change(job.id, state="working", stage=stage, share=share)

    def _end(self, outcome: Outcome) -> None:
        job, document = outcome.job, outcome.document
        state = "failed" if outcome.error or document is None else document.state
        reason = str(outcome.error) if outcome.error else document.reason if document else None
        self._change(job.id, state=state, stage="", share=1.0, reason=reason)
        _delete_temporary(job)

    def _fail(self, begun: dict[str, Job], reason: str) -> None:
        """End what was begun; what still waits is tried in the next round."""
        for job in begun.values():
            self._change(job.id, state="failed", stage="", share=1.0, reason=reason)
            _delete_temporary(job)

    def _change(self, job_id: str, **changes: object) -> None:
        with self._lock:
            known = self._progress.get(job_id)
            if known is None or known.ended:
                return
            self._progress[job_id] = replace(known, at=_now(), **changes)  # type: ignore[arg-type]


def _delete_temporary(job: Job) -> None:
    if job.temporary and job.path is not None:
        with suppress(OSError):  # it lies where temporary files are cleared away in any case
            job.path.unlink()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

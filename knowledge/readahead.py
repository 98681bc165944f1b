"""What is read ahead, within bounds: however many files are read at once, their texts take up only so much memory."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from knowledge.chunking import Piece
from knowledge.documents import Content, Document
from knowledge.jobs import Job

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Read:
    """A document as it was read, and then cut and scanned, before it is embedded."""

    job: Job
    document: Document
    content: Content
    pieces: Sequence[Piece] = ()
    embedded: Sequence[str] = ()
    """What of each passage is embedded."""
    suspicious: str | None = None
    """Why it is to be kept back."""

    @property
    def ids(self) -> list[str]:
        """The ids of its passages."""
        return [f"{self.document.id}:{number}" for number in range(len(self.pieces))]

    @property
    def texts(self) -> list[str]:
        """The texts of its passages."""
        return [self.content.text[piece.start : piece.end] for piece in self.pieces]


class ReadAhead:
    """Counts the characters that were read and are not stored yet; may be used by several threads."""

    def __init__(self, most: int) -> None:
        """Let `most` characters be read ahead; the file that goes beyond them is the last until others are stored."""
        self._most = most
        self._held = 0
        self._closed = False
        self._changed = threading.Condition()

    def wait(self) -> None:
        """Wait until more may be read."""
        with self._changed:
            self._changed.wait_for(lambda: self._held < self._most or self._closed)

    def take(self, characters: int) -> None:
        """Count what was read."""
        with self._changed:
            self._held += characters

    def give(self, characters: int) -> None:
        """Count off what was stored."""
        with self._changed:
            self._held -= characters
            self._changed.notify_all()

    def close(self) -> None:
        """Let nobody wait any longer, as nothing will be stored."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class Prepared(Generic[_Job, _Result]):
    """What is prepared of a stream of jobs by other threads, each when it is done."""

    def __init__(self, threads: Executor, prepare: Callable[[_Job], _Result], jobs: Iterable[_Job]) -> None:
        self._threads = threads
        self._prepare = prepare
        self._jobs = iter(jobs)
        self._begun = 0
        self._told_all = False
        self._done: queue.SimpleQueue[Future[_Result]] = queue.SimpleQueue()
        self.ended = False
        """Whether there is nothing left to prepare, and all of it was handed over."""

    def take(self, ahead: int, *, wait: bool) -> Iterator[_Result]:
        """Have so many prepared at a time, and yield those that are done; where asked to, wait for the first."""
        room = max(0, ahead - self._begun)
        coming = list(islice(self._jobs, room))
        for job in coming:
            self._threads.submit(self._prepare, job).add_done_callback(self._done.put)
        self._begun += len(coming)
        self._told_all = self._told_all or len(coming) < room
        while self._begun and (wait or not self._done.empty()):
            future = self._done.get()
            self._begun -= 1
            yield future.result()
            wait = False
        self.ended = self._told_all and not self._begun

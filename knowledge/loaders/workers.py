"""Files are read, drawn and cut in worker processes with limits of time and memory.

None can hang, fill or end who asks, nor keep others waiting: what computes in one process takes turns in its Python.
"""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from knowledge.documents import Box, Content
from knowledge.errors import KnowledgeError, UnreadableFile
from knowledge.loaders import replies
from knowledge.loaders.cutting import Cut, Cutting
from knowledge.loaders.options import Options
from knowledge.loaders.worker import LONGEST, MEMORY, READY, REFUSALS

FILES = 1000
"""After so many files a worker is replaced: what its libraries left in its memory goes with it."""
STARTING = 60.0
"""Seconds that a worker may take to start."""
_ALONE = {
    "OMP_THREAD_LIMIT": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",  # each arena takes up 64 MB of the addresses that are counted
    "RAYON_NUM_THREADS": "1",  # the tokenizer's
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
}
_CRASHES = (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE)


class Workers:
    """A few worker processes, started when they are first needed, that any thread may have files read by."""

    def __init__(self, count: int = 1, *, seconds: float = 60, megabytes: int = 2048) -> None:
        self._all = [_Worker(seconds, megabytes) for _ in range(count)]
        self._free: queue.LifoQueue[_Worker] = queue.LifoQueue()
        for worker in self._all:
            self._free.put(worker)

    def read(self, path: Path, options: Options) -> Content:
        """Read a file as `formats.load` does, by the name in the options, else that of the path.

        Raises:
            UnsupportedFormat: its suffix is none that is read.
            UnreadableFile: it is damaged, encrypted, holds no text, or takes too much time or memory.
            KnowledgeError: the workers were closed.
        """
        with self._worker() as worker:
            return worker.read(path, options)

    def draw(self, path: Path, page: int, boxes: Sequence[Box]) -> bytes:
        """Draw a page of a PDF or a picture as `drawing.page_picture` does.

        Raises:
            BadInput: there is no such page, or it cannot be drawn, or not in the time and memory there is.
            KnowledgeError: the workers were closed.
        """
        with self._worker() as worker:
            return worker.draw(path, page, boxes)

    def cut(self, content: Content, cutting: Cutting) -> Cut:
        """Cut a document into passages and scan each, as `cutting.cut` does.

        Raises:
            UnreadableFile: the scan fails, or takes too much time or memory.
            KnowledgeError: the workers were closed.
        """
        with self._worker() as worker:
            return worker.cut(content, cutting)

    def close(self) -> None:
        """End the processes at once, also those that read."""
        for worker in self._all:
            worker.close()
        for worker in [self._free.get() for _ in self._all]:
            worker.clear()
            self._free.put(worker)

    @contextlib.contextmanager
    def _worker(self) -> Iterator["_Worker"]:
        worker = self._free.get()
        try:
            yield worker
        finally:
            self._free.put(worker)


class _Worker:
    """A process that is replaced when it died or had to be killed, and now and then."""

    def __init__(self, seconds: float, megabytes: int) -> None:
        self._limits = seconds, megabytes
        self._process: _Process | None = None
        self._closed = False
        self._lock = threading.Lock()

    def read(self, path: Path, options: Options) -> Content:
        """Read one file."""
        name = options.name or path.name
        told = {"name": name, "password": options.password, "depth": options.depth}
        reply = self._reply("read", name, path=str(path.absolute()), options=told)
        with _understood(name):
            return replies.unpack(reply)

    def draw(self, path: Path, page: int, boxes: Sequence[Box]) -> bytes:
        """Draw one page."""
        return self._reply("draw", "the page", path=str(path.absolute()), page=page, boxes=list(boxes))

    def cut(self, content: Content, cutting: Cutting) -> Cut:
        """Cut one document."""
        reply = self._reply("cut", cutting.title, content=replies.plain(content), cutting=asdict(cutting))
        with _understood(cutting.title):
            return replies.unpack_cut(reply, len(content.text))

    def close(self) -> None:
        """Kill the process; what is being read is given up."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.kill()

    def clear(self) -> None:
        """Be rid of the process, which reads nothing now."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.end()

    def _reply(self, kind: str, name: str, **request: Any) -> bytes:
        reply, problem = self._ask(json.dumps({"kind": kind, "name": name, **request}))
        if self._closed:
            raise KnowledgeError(f"{name} was not read, as the library was closed: read it again")
        if problem:
            raise UnreadableFile(f"{name} {problem}")
        if refusal := REFUSALS.get(reply[:1]):
            raise refusal(reply[1:].decode(errors="surrogatepass"))
        return reply[1:]

    def _ask(self, request: str) -> tuple[bytes, str]:
        """Return the reply and what went wrong; where something did, the next request goes to another process."""
        with self._lock:
            if self._closed:
                return b"", "was not read"
            try:
                process = self._process = self._process or _Process(*self._limits)
            except OSError as error:
                return b"", f"cannot be read: no process can be started for it ({error.strerror}): try again"
        reply, problem = process.ask(request)
        if problem or process.files >= FILES:
            self.clear()
        if problem and process.files > 1 and not process.late:
            return self._ask(request)  # the files before this one may be to blame
        return reply, problem


@contextlib.contextmanager
def _understood(name: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise UnreadableFile(f"{name} cannot be read: it is damaged: save it anew") from error


class _Process:
    """One process with its own folder for passing files."""

    def __init__(self, seconds: float, megabytes: int) -> None:
        self.files = 0
        self.late = False
        self._seconds = seconds
        self._megabytes = megabytes
        self._folder = tempfile.TemporaryDirectory(prefix="apprentice-", ignore_cleanup_errors=True)
        paths = os.pathsep.join(filter(None, (str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH"))))
        # In its own session, so that what it starts (tesseract, soffice) is killed with it.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "knowledge.loaders.worker", str(seconds), str(megabytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, **_ALONE, "PYTHONPATH": paths, "TMPDIR": self._folder.name},
        )

    def ask(self, request: str) -> tuple[bytes, str]:
        """Return the reply and, where there is none that could be used, why."""
        if not self.files:
            with self._deadline(STARTING):
                if self._receive() != READY:
                    return b"", "cannot be read: the process that would read it does not start: try again"
        self.files += 1
        with self._deadline(self._seconds):
            with contextlib.suppress(OSError):
                assert self._process.stdin is not None
                self._process.stdin.write(request.encode() + b"\n")
                self._process.stdin.flush()
            reply = self._receive()
        return reply, self._problem(reply)

    def kill(self) -> None:
        """Kill the process and all that it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill the process, wait for its end and remove its folder."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                assert pipe is not None
                pipe.close()
        self._folder.cleanup()

    @contextlib.contextmanager
    def _deadline(self, seconds: float) -> Iterator[None]:
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _expire(self) -> None:
        self.late = True
        self.kill()

    def _receive(self) -> bytes:
        """Return the next reply, or nothing where the process died or talks nonsense."""
        pipe = self._process.stdout
        assert pipe is not None
        length = int.from_bytes(pipe.read(8))
        reply = pipe.read(length) if length <= LONGEST else b""
        return reply if len(reply) == length else b""

    def _problem(self, reply: bytes) -> str:
        if self.late:
            return f"takes longer than {self._seconds:g} s to read: split it, or save it anew"
        if reply and reply != MEMORY:
            return ""
        if not reply and self._status() in _CRASHES:
            return "cannot be read: it makes the program that reads it crash: save it anew"
        return f"needs more than {self._megabytes} MB to read: split it"

    def _status(self) -> int:
        """Return the signal that ended the process, where one did."""
        try:
            return -self._process.wait(1)
        except subprocess.TimeoutExpired:
            return 0

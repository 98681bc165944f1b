"""One run at a time: the lock of a home's runs, held by the process of the run that is on, and who that is."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from finetune.errors import BadInput
from finetune.settings import FinetuneSettings

GIVEN = "APPRENTICE_RUN_LOCK"
"""The variable by which a parent names the open file of the lock that it hands down."""


@contextmanager
def lock(settings: FinetuneSettings) -> Iterator[IO[str]]:
    """Hold the lock of this home's runs: the one a parent handed down, else a fresh one."""
    given = os.environ.get(GIVEN)
    if given is not None:
        os.set_inheritable(int(given), False)
        with os.fdopen(int(given), "r+", encoding="utf-8") as file:
            yield file
        return
    settings.runs_dir.mkdir(parents=True, exist_ok=True)
    (settings.runs_dir / "lock").touch()
    with (settings.runs_dir / "lock").open("r+", encoding="utf-8") as file:
        for attempt in range(10):  # whoever reads a run's status holds the lock for a moment
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.05 * attempt)
        else:
            raise BadInput(f"another run is on ({holder(settings.runs_dir)}): wait for it or stop it first")
        yield file


def name_holder(file: IO[str], name: str, pid: int | None) -> None:
    """Write whose lock it is, in one call and of one length, so that a reader never sees half of it."""
    os.pwrite(file.fileno(), json.dumps({"name": name, "pid": pid}).ljust(256).encode(), 0)


def holder(runs_dir: Path) -> str | None:
    """Name the run that is on, None where none is."""
    try:
        with (runs_dir / "lock").open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return str(json.load(file)["name"])
    except (FileNotFoundError, ValueError):
        return None
    return None


def holder_pid(runs_dir: Path) -> int | None:
    """Return the process of the run that holds the lock, or held it last."""
    pid = json.loads((runs_dir / "lock").read_text(encoding="utf-8"))["pid"]
    return int(pid) if pid is not None else None

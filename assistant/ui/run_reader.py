"""The runs of a home as the page reads them, again and again: those that have ended are read once."""

from pathlib import Path

from finetune import runs
from finetune.runs import Run
from finetune.settings import FinetuneSettings

TAIL = 4000
"""Bytes of a log that are shown."""
Mark = tuple[int, ...]


class RunReader:
    """Lists the runs; a folder in which nothing was written since it was read is not read again."""

    def __init__(self, settings: FinetuneSettings) -> None:
        self._folder = settings.runs_dir
        self._kept: dict[str, tuple[Mark, Run]] = {}

    def all(self) -> list[Run]:
        """List the runs, the oldest first."""
        folders = [status.parent for status in self._folder.glob("*/status.json")]
        self._kept = kept = {folder.name: self._read(folder) for folder in folders}
        return sorted((run for _, run in kept.values()), key=lambda run: (run.started, run.name))

    def _read(self, folder: Path) -> tuple[Mark, Run]:
        mark = _mark(folder)
        kept = self._kept.get(folder.name)
        # A run that is on is asked for each time: its process may have died, which leaves no trace in the folder.
        return kept if kept and kept[0] == mark and not kept[1].on else (mark, runs.read(folder))


def log_tail(run: Run) -> str:
    """Return the end of what the process of a run printed, whole lines."""
    try:
        with (run.path / "log.txt").open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(size - TAIL, 0))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    text = text.replace("\r", "\n")
    return text if size <= TAIL else text.partition("\n")[2]


def _mark(folder: Path) -> Mark:
    found = [file.stat() for name in ("status.json", "progress.jsonl") if (file := folder / name).exists()]
    return tuple(number for stat in found for number in (stat.st_mtime_ns, stat.st_size))

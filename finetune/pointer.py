"""The pointer: one small file that says which adapter serves, which are flagged, and which trial is on.

It is replaced atomically, so that whoever reads it before an answer sees the old state or the new one and never half of
either; whoever changes it holds a lock (flock) meanwhile, so that of two processes neither undoes what the other did.
"""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from finetune.errors import BadInput
from finetune.trials import Trial

How = Literal["promoted", "withdrawn", "stopped"]

_FILE = "serving.json"
_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Ended:
    """How the last trial ended."""

    id: str
    name: str
    """The candidate."""
    how: How
    reason: str
    flagged: bool = False
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))


@dataclass(frozen=True, slots=True)
class Pointer:
    """What serves; None stands for the base without an adapter."""

    name: str | None = None
    history: tuple[str | None, ...] = ()
    """What served before it and would again after a rollback, the latest last."""
    served: tuple[str, ...] = ()
    """All that ever served."""
    flagged: Mapping[str, str] = field(default_factory=dict)
    """The adapters that were withdrawn on evidence, each with the reason."""
    trial: Trial | None = None
    ended: Ended | None = None

    def promoted(self, name: str) -> "Pointer":
        """Let an adapter serve; where it was flagged, its flag is lifted."""
        served = (*(earlier for earlier in self.served if earlier != name), name)
        history = (*self.history, self.name)
        return replace(self, name=name, history=history, served=served, flagged=_but(self.flagged, name))

    def rolled_back(self) -> "Pointer":
        """Let serve again what did before."""
        return replace(self, name=self.history[-1], history=self.history[:-1])

    def withdrawn(self, name: str, reason: str) -> "Pointer":
        """Flag an adapter: no rollback leads to it, and where it serves, what did before serves again."""
        flagged = replace(self, history=self._way_back(name), flagged={**self.flagged, name: reason})
        if self.name != name:
            return flagged
        return flagged.rolled_back() if flagged.history else replace(flagged, name=None)

    def without(self, name: str) -> "Pointer":
        """Forget an adapter that does not serve."""
        served = tuple(other for other in self.served if other != name)
        return replace(self, history=self._way_back(name), served=served, flagged=_but(self.flagged, name))

    def ended_trial(self, how: How, reason: str, *, flagged: bool = False) -> "Pointer":
        """End the trial that is on."""
        assert self.trial is not None  # whoever ends it has looked
        return replace(self, trial=None, ended=Ended(self.trial.id, self.trial.name, how, reason, flagged))

    def broken_off(self, reason: str) -> "Pointer":
        """End the trial that is on, if any, because its ground is taken away."""
        return self.ended_trial("stopped", reason) if self.trial else self

    def _way_back(self, name: str) -> tuple[str | None, ...]:
        """Return the history without an adapter, and without steps that then lead nowhere."""
        kept = [earlier for earlier in self.history if earlier != name]
        return tuple(now for now, later in pairwise([*kept, self.name]) if now != later)


def read(folder: Path) -> Pointer:
    """Read the pointer of a registry's folder; where there is none, the base serves.

    Raises:
        BadInput: the file cannot be read.
    """
    path = folder / _FILE
    try:
        return _parse(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Pointer()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path} cannot be read: delete it to serve the base model") from error


@contextmanager
def locked(folder: Path) -> Iterator[Pointer]:
    """Give the pointer to whoever is to change it; nobody else changes it meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield read(folder)


def write(folder: Path, pointer: Pointer) -> None:
    """Put a pointer in the place of the one before; to be called within `locked`."""
    put(folder / _FILE, asdict(pointer), durable=True)


def put(path: Path, row: Mapping[str, Any], *, durable: bool = False) -> None:
    """Replace a JSON file atomically.

    Args:
        path: the file; its folder is there.
        row: what it is to hold.
        durable: wait until it is on the disk.
    """
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, prefix=".serving-", delete=False, encoding="utf-8"
    ) as scratch:
        json.dump(row, scratch)
        scratch.flush()
        if durable:
            os.fsync(scratch.fileno())
    Path(scratch.name).replace(path)


def _parse(row: Mapping[str, Any]) -> Pointer:
    trial, ended = row.get("trial"), row.get("ended")
    return Pointer(
        name=row["name"],
        history=tuple(row["history"]),
        served=tuple(row["served"]),
        flagged=dict(row.get("flagged") or {}),
        trial=Trial.from_json(trial) if trial else None,
        ended=Ended(**ended) if ended else None,
    )


def _but(flagged: Mapping[str, str], name: str) -> dict[str, str]:
    return {other: reason for other, reason in flagged.items() if other != name}

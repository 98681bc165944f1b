"""What a backup says of itself: its first file, with the digest of every other."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath

from assistant.errors import BadInput

NAME = "manifest.json"
LARGEST = 256 * 2**20
"""Bytes that a manifest may have; one of a million files has less."""
FORM = 1
ROOTS = ("assistant.db", "audit.key", "audit.head", "settings.toml", "policy.toml", "heads", "adapters", "knowledge")
"""All that stands at the top of a backup."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One file."""

    sha256: str
    size: int
    """In bytes."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole backup."""

    files: Mapping[str, Kept]
    """By their paths in the home, with slashes."""
    left_out: tuple[str, ...] = ()
    made: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    form: int = FORM

    @property
    def size(self) -> int:
        """How many bytes all files have together."""
        return sum(kept.size for kept in self.files.values())

    def written(self) -> bytes:
        """Return it as JSON."""
        return json.dumps({"product": "apprentice", **asdict(self)}, ensure_ascii=False, indent=1).encode()


def read(data: bytes) -> Manifest:
    """Read a manifest.

    Raises:
        BadInput: it is none, of a later form, or names a file that a home does not have or that lies outside of it.
    """
    try:
        row = json.loads(data)
        form, product = int(row["form"]), row["product"]
        files = {str(name): Kept(str(kept["sha256"]), int(kept["size"])) for name, kept in row["files"].items()}
        manifest = Manifest(files, tuple(map(str, row["left_out"])), str(row["made"]), form)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput("this is no backup of Apprentice: its manifest cannot be read") from error
    if product != "apprentice":
        raise BadInput("this is no backup of Apprentice")
    if form > FORM:
        raise BadInput("the backup was made by a later version: update Apprentice")
    for name, kept in files.items():
        check_path(name)
        if kept.size < 0:
            raise BadInput(f"the backup is damaged: the size of {name} is negative")
    return manifest


def check_path(name: str) -> None:
    """Refuse a path that could lead out of the home, or that no home has.

    Raises:
        BadInput: it could.
    """
    parts = name.split("/")
    plain = not any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts)
    if not plain or PurePosixPath(name).is_absolute() or parts[0] not in ROOTS:
        raise BadInput(f"the backup is refused: {name!r} is no path of a home")

"""A copy of a home in a folder, taken while people ask: its parts agree with themselves and one another."""

import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path

from assistant.backup.redaction import redacted
from assistant.settings import Settings
from finetune import pointer
from knowledge import copying
from knowledge.catalogue.snapshots import WAIT, snapshot

SEALS = ("audit.key", "audit.head")
COPIED = (".json", ".jsonl", ".toml", ".md", ".txt")
"""What is copied; larger files, which nobody changes once they are there, are linked."""
ELSEWHERE = ("runs", "datasets")
"""What a backup is not for: what training made on its way."""


def copy(settings: Settings, target: Path, *, documents: bool = True) -> list[str]:
    """Copy a home into an empty folder.

    The chat comes first: what its answers rest on is then in the library, unless it was removed meanwhile.

    Args:
        settings: of the home.
        target: the folder; best on the same disk.
        documents: whether the library is copied too.

    Returns:
        What was left out, a line for each.

    Raises:
        BadInput: the documents are in a database that must be backed up in its own way.
        OSError: something cannot be read or written.
    """
    home = settings.home
    _chat(settings, target)
    left_out = _settings(home, target)
    _tree(home / "heads", target / "heads")
    with _adapters_held(settings):
        _tree(settings.finetune.adapters_dir, target / "adapters")
    if not documents:
        left_out.append("the documents, as was asked for")
    else:
        gone = copying.copy(settings.knowledge, target / "knowledge")
        left_out += [f"the original file {name}, which is gone: see `python -m knowledge verify`" for name in gone]
    return left_out + [f"the folder {name}" for name in ELSEWHERE if (home / name).is_dir()]


def _chat(settings: Settings, target: Path) -> None:
    """Copy the database with the seals of its log, which are written while nobody else writes to it."""
    file = settings.chat.database
    if not file.exists():
        return
    try:
        with closing(sqlite3.connect(file, timeout=WAIT, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            snapshot(file, target / file.name)
            for name in SEALS:
                if (settings.home / name).exists():
                    shutil.copyfile(settings.home / name, target / name)
    except sqlite3.Error as error:
        raise OSError(f"the database {file} cannot be copied ({error})") from error


def _settings(home: Path, target: Path) -> list[str]:
    if (home / "policy.toml").exists():
        shutil.copyfile(home / "policy.toml", target / "policy.toml")
    if not (home / "settings.toml").exists():
        return []
    text, left_out = redacted(home / "settings.toml")
    (target / "settings.toml").write_text(text, encoding="utf-8")
    return [f"{name} of settings.toml, which is a secret" for name in left_out]


def _adapters_held(settings: Settings) -> AbstractContextManager[object]:
    """Keep adapters from being removed, and the pointer from being changed, meanwhile."""
    folder = settings.finetune.adapters_dir
    return pointer.locked(folder) if folder.is_dir() else nullcontext()


def _tree(source: Path, target: Path) -> None:
    for file in _files(source):
        to = target / file.relative_to(source)
        to.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix in COPIED:
            shutil.copyfile(file, to)
            continue
        try:
            os.link(file, to)
        except OSError:  # another disk
            shutil.copyfile(file, to)


def _files(folder: Path) -> Iterable[Path]:
    """List the files below a folder, without those that are just being written, which begin with a dot."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not path.is_symlink() and not any(part.startswith(".") for part in inside.parts):
            yield path

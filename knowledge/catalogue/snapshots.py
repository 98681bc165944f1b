"""A database of SQLite as it is at one moment, copied while others write to it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

WAIT = 60.0
"""Seconds to wait for whoever is just opening or closing the file."""


def snapshot(source: Path, target: Path) -> None:
    """Copy a database by SQLite's online backup, which stops nobody from reading or writing it.

    Args:
        source: the file; its write-ahead log is read with it.
        target: a new file, whole in itself.

    Raises:
        OSError: one of the files cannot be used, or the source is no database.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        address = f"file:{quote(source.absolute().as_posix())}?mode=rw"
        with (
            closing(sqlite3.connect(address, uri=True, timeout=WAIT)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
    except sqlite3.Error as error:
        raise OSError(f"the database {source} cannot be copied ({error})") from error

"""SQLite's write-ahead log, turned on for a file that others may be opening at the same moment."""

import sqlite3
import time
from typing import Any

PAUSE = 0.01


def write_ahead(connection: Any, seconds: float) -> None:
    """Turn the log on, and wait for whoever is just doing so: SQLite itself lets nobody wait for that.

    Raises:
        sqlite3.OperationalError: the file is still locked after so many seconds, or cannot be used at all.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
        time.sleep(PAUSE)

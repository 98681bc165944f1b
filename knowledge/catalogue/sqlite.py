"""SQLite: one file in WAL mode, full text by FTS5. One writes at a time, while any number read."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, bindparam, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from knowledge.catalogue.schema import SQLITE
from knowledge.catalogue.wal import write_ahead
from knowledge.catalogue.words import choose
from knowledge.errors import IndexUnavailable

WAIT = 60
"""Seconds that a writer waits for another one."""
KNOWN = 50_000
"""Words whose numbers of passages are remembered."""
PRAGMAS = (
    f"busy_timeout = {1000 * WAIT}",
    "synchronous = NORMAL",
    "foreign_keys = ON",
    # Without it, REPLACE would not fire the triggers that keep the full-text index true.
    "recursive_triggers = ON",
    "secure_delete = ON",
    "cache_size = -16000",
)
_MATCH = """
SELECT p.id, -hit.score FROM (
    SELECT f.rowid AS number, f.rank AS score FROM passages_fts f WHERE passages_fts MATCH :query{narrowing}
    ORDER BY f.rank LIMIT :count
) hit JOIN passages p ON p.number = hit.number ORDER BY hit.score, hit.number
"""
# The index holds the collections beside the numbers, so that the passages themselves need not be looked up.
_PLACES = """
AND EXISTS (SELECT 1 FROM passages i INDEXED BY passages_by_place WHERE i.found_in IN :places AND i.number = f.rowid)
"""
_DOCUMENTS = " AND f.rowid IN (SELECT number FROM passages WHERE document_id IN :documents)"


class Sqlite:
    """The catalogue's dialect for a file of SQLite."""

    engine: Engine
    hint = "see that the folder can be written and the disk is not full, or name another with --home"
    clock = "strftime('%s', 'now')"

    def __init__(self, url: URL) -> None:
        self._file = Path(str(url.database))
        # The connection used last comes first: each has a cache of its own, and that one's is warm.
        self.engine = create_engine(
            url,
            connect_args={"timeout": WAIT},
            pool_size=8,
            max_overflow=-1,
            pool_use_lifo=True,
            hide_parameters=True,  # an error that is logged would show what stands in documents
        )
        event.listen(self.engine, "connect", _prepare)
        self._counting = threading.Lock()
        self._counts: dict[str, int] = {}
        self._counted = 0
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise IndexUnavailable(f"{self._file.parent} cannot be made ({error.strerror}): {self.hint}") from error

    def migrate(self, connection: Connection) -> None:
        """Bring the tables up to date; whoever else opens the file at this moment waits.

        Raises:
            IndexUnavailable: the file was written by a later version.
        """
        for number, steps in enumerate(SQLITE, start=1):
            if _version(connection) < number:
                self.begin(connection)
                if _version(connection) < number:
                    for step in steps:
                        connection.exec_driver_sql(step)
                    connection.exec_driver_sql(f"PRAGMA user_version = {number}")
                connection.commit()
        if _version(connection) > len(SQLITE):
            raise IndexUnavailable(f"{self._file} was written by a later version: update Apprentice")

    def begin(self, connection: Connection) -> None:
        """Begin a transaction that writes."""
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def match(
        self,
        connection: Connection,
        words: Sequence[str],
        count: int,
        places: Sequence[int] | None,
        documents: Sequence[str] | None,
    ) -> list[tuple[str, float]]:
        """Return the passages that match the rarer of the words best; FTS5 scores some 400 of them in a millisecond."""
        chosen = choose(self.frequencies(connection, words)[1])
        narrowing = ("" if places is None else _PLACES) + ("" if documents is None else _DOCUMENTS)
        lists = {
            name: list(values) for name, values in (("places", places), ("documents", documents)) if values is not None
        }
        query = text(_MATCH.format(narrowing=narrowing)).bindparams(*(bindparam(n, expanding=True) for n in lists))
        values = {"query": " OR ".join(map(_quoted, chosen)), "count": count, **lists}
        return [(str(name), float(score)) for name, score in connection.execute(query, values)] if chosen else []

    def problems(self, connection: Connection) -> list[str]:
        """Check the pages of the file, the references between its tables, and the full-text index."""
        found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check") if row[0] != "ok"]
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            found.append(f"a row of {row[0]} belongs to none of {row[2]}")
        try:
            self.begin(connection)
            connection.exec_driver_sql("INSERT INTO passages_fts (passages_fts, rank) VALUES ('integrity-check', 1)")
        except DBAPIError:
            found.append("the full-text index does not agree with the passages")
        finally:
            connection.rollback()
        return found

    def rebuild(self, connection: Connection) -> None:
        """Write the full-text index anew out of the passages."""
        connection.exec_driver_sql("INSERT INTO passages_fts (passages_fts) VALUES ('rebuild')")

    def frequencies(self, connection: Connection, words: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return about how many passages there are, and in how many each word is; counted anew after a tenth more."""
        size = connection.exec_driver_sql("SELECT coalesce(max(number), 0) FROM passages").scalar_one()
        with self._counting:
            if abs(size - self._counted) > self._counted / 10 or len(self._counts) > KNOWN:
                self._counts, self._counted = {}, size
            known = self._counts
        for word in set(words) - known.keys():
            query = text("SELECT count(*) FROM passages_fts WHERE passages_fts MATCH :query")
            known[word] = connection.execute(query, {"query": _quoted(word)}).scalar_one()
        return size, {word: known[word] for word in words}


def _version(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def _prepare(connection: Any, record: object) -> None:
    connection.isolation_level = None  # transactions begin where this file says so
    write_ahead(connection, WAIT)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""').replace("\0", " ") + '"'

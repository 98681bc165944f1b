"""The catalogue: documents, their text and passages in SQLite, with the full-text index. Vectors follow it.

Any number of threads and processes may use it. Readers see a document with all of its passages, or not at all.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.documents import Document, Location, Passage
from knowledge.errors import IndexUnavailable
from knowledge.schema import SCHEMA

_DOCUMENTS = """
SELECT id, title, source, collection, digest, state,
       (SELECT count(*) FROM passages WHERE document_id = documents.id), reason, added_at
FROM documents
"""
_PASSAGES = """
SELECT p.id, p.document_id, d.title, p.text, p.start, p.end, p.location, p.lead, p.vector
FROM passages p JOIN documents d ON d.id = p.document_id
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A passage with what it was embedded by."""

    passage: Passage
    lead: str
    vector: npt.NDArray[np.float32]


class Catalogue:
    """All that is known of the documents."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._reading, self._writing = threading.RLock(), threading.RLock()
        with self._translated():
            file.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._connect()
            self._writer.executescript(SCHEMA)
            self._reader = self._connect()

    def fact(self, name: str, value: str) -> str:
        """Return a fact about the whole catalogue, after it was set to `value` where there was none."""
        with self._written() as database:
            database.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (name, value))
            return str(database.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()[0])

    def documents(self, collection: str | None = None) -> list[Document]:
        """List the documents, oldest first."""
        rows = self._rows(f"{_DOCUMENTS} WHERE ?1 IS NULL OR collection = ?1 ORDER BY added_at, rowid", (collection,))
        return [Document(*row) for row in rows]

    def document(self, document_id: str) -> Document | None:
        """Return one document, if there is one of this id."""
        rows = self._rows(f"{_DOCUMENTS} WHERE id = ?", (document_id,))
        return Document(*rows[0]) if rows else None

    def collections(self) -> set[str]:
        """Return the names of the collections that hold documents."""
        return {row[0] for row in self._rows("SELECT DISTINCT collection FROM documents WHERE state = 'ready'")}

    def text(self, document_id: str) -> str:
        """Return the whole text of a document."""
        rows = self._rows("SELECT text FROM documents WHERE id = ?", (document_id,))
        return str(rows[0][0]) if rows else ""

    def find(self, collection: str, digest: str) -> Document | None:
        """Return the document of a collection that is ready and has these bytes."""
        rows = self._rows(f"{_DOCUMENTS} WHERE collection = ? AND digest = ? AND state = 'ready'", (collection, digest))
        return Document(*rows[0]) if rows else None

    def begin(self, document: Document, origin: str, file: str, owner: str) -> None:
        """Put in a document that is being read; an earlier failure to read it is forgotten."""
        with self._written() as database:
            database.execute(
                "DELETE FROM documents WHERE collection = ? AND origin = ? AND state = 'failed'",
                (document.collection, origin),
            )
            database.execute(
                "INSERT INTO documents (id, title, source, origin, collection, digest, file, state, added_at, owner) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, 'reading', ?, ?)",
                (document.id, document.title, document.source, origin, document.collection, document.digest, file,
                 document.added_at, owner),
            )  # fmt: skip

    def finish(self, document_id: str, title: str, text: str, passages: Sequence[Stored]) -> Document:
        """Make a document ready with its passages, in place of its older version; return what is then ready.

        Where another process was first with the same bytes, its document stays and this one goes.
        """
        with self._written() as database:
            collection, digest, origin = database.execute(
                "SELECT collection, digest, origin FROM documents WHERE id = ?", (document_id,)
            ).fetchone()
            first = database.execute(
                f"{_DOCUMENTS} WHERE collection = ? AND digest = ? AND state = 'ready'", (collection, digest)
            ).fetchone()
            if first is not None:
                database.execute("DELETE FROM documents WHERE id = ?", (document_id,))
                return Document(*first)
            database.execute(
                "UPDATE documents SET state = 'ready', title = ?, text = ?, owner = '' WHERE id = ?",
                (title, text, document_id),
            )
            database.executemany(
                "INSERT INTO passages (id, document_id, start, end, location, lead, text, vector) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(s.passage.id, document_id, s.passage.start, s.passage.end,
                  json.dumps(s.passage.location.as_json(), ensure_ascii=False), s.lead, s.passage.text,
                  s.vector.astype("<f4").tobytes()) for s in passages],
            )  # fmt: skip
            database.execute(
                "DELETE FROM documents WHERE collection = ? AND origin = ? AND state <> 'reading' AND id <> ?",
                (collection, origin, document_id),
            )
            row = database.execute(f"{_DOCUMENTS} WHERE id = ?", (document_id,)).fetchone()
            return Document(*row)

    def settle(self, document_id: str, origin: str) -> None:
        """Drop what was read from a file before, now that it holds the same bytes as another document."""
        with self._written() as database:
            database.execute(
                "DELETE FROM documents WHERE origin = ?2 AND state <> 'reading' AND id <> ?1 "
                "AND collection = (SELECT collection FROM documents WHERE id = ?1)",
                (document_id, origin),
            )

    def fail(self, document_id: str, reason: str) -> None:
        """Keep a document that could not be read, with the reason."""
        with self._written() as database:
            database.execute(
                "UPDATE documents SET state = 'failed', reason = ?, owner = '' WHERE id = ?", (reason, document_id)
            )

    def remove(self, document_id: str) -> bool:
        """Take out a document with all of its passages; return whether there was one."""
        with self._written() as database:
            return database.execute("DELETE FROM documents WHERE id = ?", (document_id,)).rowcount > 0

    def reading(self) -> list[tuple[str, str]]:
        """List the documents that are being read, with the processes that read them."""
        return self._rows("SELECT id, owner FROM documents WHERE state = 'reading'")

    def removals(self) -> list[str]:
        """List the ids of documents that are gone, but whose vectors and bytes are still there."""
        return [row[0] for row in self._rows("SELECT document_id FROM removals")]

    def cleared(self, document_id: str, folder: Path) -> None:
        """Note that the vectors of a document are gone, and delete its bytes if no other document has the same."""
        with self._written() as database:
            row = database.execute("SELECT file FROM removals WHERE document_id = ?", (document_id,)).fetchone()
            if row is None:
                return
            if row[0] and not database.execute("SELECT 1 FROM documents WHERE file = ?", row).fetchone():
                (folder / row[0]).unlink(missing_ok=True)
            (folder / f".{document_id}").unlink(missing_ok=True)
            database.execute("DELETE FROM removals WHERE document_id = ?", (document_id,))

    def match(self, query: str, count: int, collections: Sequence[str] | None = None) -> list[str]:
        """Return the ids of the passages that match an FTS5 query best, best first (BM25)."""
        if not query:
            return []
        rows = self._rows(
            "SELECT p.id FROM passages_fts f JOIN passages p ON p.number = f.rowid "
            "JOIN documents d ON d.id = p.document_id "
            "WHERE passages_fts MATCH ?1 AND d.state = 'ready' "
            "AND (?2 IS NULL OR d.collection IN (SELECT value FROM json_each(?2))) "
            "ORDER BY f.rank LIMIT ?3",
            (query, _listed(collections), count),
        )
        return [row[0] for row in rows]

    def fetch(self, ids: Sequence[str], collections: Sequence[str] | None = None) -> dict[str, Stored]:
        """Return by id those passages whose documents are ready, in the collections asked for."""
        rows = self._rows(
            f"{_PASSAGES} WHERE d.state = 'ready' AND p.id IN (SELECT value FROM json_each(?1)) "
            "AND (?2 IS NULL OR d.collection IN (SELECT value FROM json_each(?2)))",
            (_listed(ids), _listed(collections)),
        )
        return {row[0]: _stored(row) for row in rows}

    def passages(self, document_id: str) -> list[Stored]:
        """Return the passages of a document in order."""
        return [_stored(row) for row in self._rows(f"{_PASSAGES} WHERE d.id = ? ORDER BY p.number", (document_id,))]

    def problems(self) -> list[str]:
        """Check the database file and the full-text index against the passages."""
        found = [row[0] for row in self._rows("PRAGMA integrity_check") if row[0] != "ok"]
        try:
            with self._written() as database:
                database.execute("INSERT INTO passages_fts (passages_fts, rank) VALUES ('integrity-check', 1)")
        except IndexUnavailable:
            found.append("the full-text index does not agree with the passages")
        return found

    def rebuild_full_text(self) -> None:
        """Write the full-text index anew out of the passages."""
        with self._written() as database:
            database.execute("INSERT INTO passages_fts (passages_fts) VALUES ('rebuild')")

    def close(self) -> None:
        """Close the database."""
        with self._reading, self._writing:
            self._reader.close()
            self._writer.close()

    def _connect(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._file, timeout=60, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA busy_timeout = 60000")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("PRAGMA foreign_keys = ON")
        # Without it, REPLACE would not fire the triggers that keep the full-text index true.
        database.execute("PRAGMA recursive_triggers = ON")
        database.execute("PRAGMA secure_delete = ON")
        return database

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._translated(), self._reading:
            return self._reader.execute(query, tuple(values)).fetchall()

    @contextmanager
    def _written(self) -> Iterator[sqlite3.Connection]:
        with self._translated(), self._writing:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise IndexUnavailable(
                f"the catalogue {self._file} cannot be used ({error}): see that the folder can be written and the disk "
                "is not full, or name another with --home"
            ) from error


def _listed(names: Sequence[str] | None) -> str | None:
    return None if names is None else json.dumps(list(names))


def _stored(row: Sequence[Any]) -> Stored:
    identifier, document_id, title, text, start, end, location, lead, vector = row
    passage = Passage(identifier, document_id, title, text, start, end, Location.from_json(json.loads(location)))
    return Stored(passage, lead, np.frombuffer(vector, dtype="<f4"))

"""What becomes of documents: read, ready or quarantined, replaced, removed. Each change is one transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, text

from knowledge.catalogue.database import Database
from knowledge.catalogue.rows import (
    DOCUMENTS,
    KNOWN,
    PASSAGES,
    Stored,
    clean,
    from_anchors,
    from_stored,
    from_vector,
    to_document,
    to_stored,
)
from knowledge.documents import Content, Document
from knowledge.errors import BadInput, IndexUnavailable


class Changes:
    """The documents, from being read to being gone."""

    _database: Database

    def begin(self, document: Document, origin: str, file: str, owner: str, generation: int | None = None) -> None:
        """Put in a document that is being read; an earlier failure to read it is forgotten.

        Args:
            document: in the state `reading`.
            origin: what a newer version has in common with it: the whole path, or the name given.
            file: the name of its bytes in the folder of originals; empty where they could not be had.
            owner: the process that reads it.
            generation: whose vectors it will be finished with; by default that which serves by then.
        """
        values = {"id": document.id, "title": clean(document.title), "source": clean(document.source),
                  "origin": clean(origin), "collection": document.collection, "digest": document.digest, "file": file,
                  "added_at": document.added_at, "owner": owner, "generation": generation}  # fmt: skip
        with self._database.write() as connection:
            connection.execute(
                text("INSERT INTO collections (name) VALUES (:collection) ON CONFLICT (name) DO NOTHING"), values
            )
            connection.execute(
                text("DELETE FROM documents WHERE collection = :collection AND origin = :origin AND state = 'failed'"),
                values,
            )
            connection.execute(
                text(
                    "INSERT INTO documents "
                    "(id, title, source, origin, collection, digest, file, state, added_at, owner, generation) "
                    "VALUES (:id, :title, :source, :origin, :collection, :digest, :file, 'reading', :added_at, :owner, "
                    ":generation)"
                ),
                values,
            )

    def finish(
        self,
        document_id: str,
        title: str,
        content: Content,
        passages: Sequence[Stored],
        *,
        reason: str | None = None,
        quarantined: bool = False,
    ) -> Document:
        """Make a document ready with its passages, in place of its older version; return what is then there.

        Where another one was first with the same bytes, that stays, and this one goes with its older version. A
        quarantined document is not found, and its older version serves on until it is released.

        Args:
            document_id: as it was begun.
            title: what to call it.
            content: its text and anchors, and what of it could not be read.
            passages: with the vectors of the generation that serves.
            reason: why it is quarantined; by default the notes of the content.
            quarantined: whether somebody has to look at it first.

        Raises:
            BadInput: the document is gone, having been removed meanwhile.
            IndexUnavailable: another generation serves by now, so that the vectors are of no use.
        """
        notes = clean("\n".join(content.notes)) or None
        with self._database.write() as connection:
            known = connection.execute(
                text("SELECT collection, digest, origin FROM documents WHERE id = :id"), {"id": document_id}
            ).one_or_none()
            if known is None:
                raise BadInput("the document was removed while it was read: add it again")
            first = connection.execute(text(KNOWN), {"collection": known.collection, "digest": known.digest}).first()
            if first is not None:
                _delete(connection, document_id)
                _replace(connection, first.id, known.origin)
                return to_document(first)
            connection.execute(
                text(
                    "UPDATE documents SET state = :state, title = :title, reason = :reason, notes = :notes, owner = '' "
                    "WHERE id = :id"
                ),
                {"id": document_id, "state": "quarantined" if quarantined else "ready", "title": clean(title),
                 "reason": clean(reason) if reason else notes, "notes": notes},
            )  # fmt: skip
            connection.execute(
                text("INSERT INTO texts (document_id, text, anchors) VALUES (:id, :text, :anchors)"),
                {"id": document_id, "text": clean(content.text), "anchors": from_anchors(content.anchors)},
            )
            _put_passages(connection, document_id, passages, found=not quarantined)
            _replace(connection, document_id)
            return _one(connection, document_id)

    def quarantine(self, document_id: str, reason: str) -> None:
        """Let a ready document no longer be found, until it is released."""
        values = {"id": document_id, "reason": clean(reason)}
        with self._database.write() as connection:
            query = text(
                "UPDATE documents SET state = 'quarantined', reason = :reason WHERE id = :id AND state = 'ready'"
            )
            if not connection.execute(query, values).rowcount:
                return
            # Put in anew, as the full-text index is kept true by what comes and goes.
            rows = connection.execute(text(f"{PASSAGES} WHERE d.id = :id ORDER BY p.number"), values).all()
            connection.execute(text("DELETE FROM passages WHERE document_id = :id"), values)
            connection.execute(text("UPDATE documents SET generation = NULL WHERE id = :id"), values)
            _put_passages(connection, document_id, [to_stored(row) for row in rows], found=False)

    def release(self, document_id: str, reviewer: str) -> Document:
        """Let a quarantined document be found, in place of its older version; who did so and when is kept.

        Raises:
            BadInput: there is no such document, or it is not quarantined.
        """
        with self._database.write() as connection:
            released = connection.execute(
                text(
                    "UPDATE documents SET state = 'ready', reason = notes, reviewer = :reviewer, released_at = :now "
                    "WHERE id = :id AND state = 'quarantined'"
                ),
                {"id": document_id, "reviewer": clean(reviewer), "now": datetime.now(UTC).isoformat()},
            ).rowcount
            if not released:
                raise BadInput(f"document {document_id!r} is not in quarantine: `python -m knowledge list` shows which")
            connection.execute(
                text(
                    "UPDATE passages SET found_in = (SELECT c.number FROM collections c JOIN documents d "
                    "ON d.collection = c.name WHERE d.id = :id) WHERE document_id = :id"
                ),
                {"id": document_id},
            )
            _replace(connection, document_id)
            return _one(connection, document_id)

    def settle(self, document_id: str, origin: str) -> None:
        """Drop what was read from a file before, now that it holds the same bytes as another document."""
        with self._database.write() as connection:
            _replace(connection, document_id, clean(origin))

    def move(self, document_id: str, origin: str, source: str) -> None:
        """Note that a document's file has another place now; what was read from that place before goes."""
        values = {"id": document_id, "origin": clean(origin), "source": clean(source)}
        with self._database.write() as connection:
            connection.execute(text("UPDATE documents SET origin = :origin, source = :source WHERE id = :id"), values)
            _replace(connection, document_id)

    def fail(self, document_id: str, reason: str) -> None:
        """Keep a document that could not be read, with the reason."""
        with self._database.write() as connection:
            connection.execute(
                text("UPDATE documents SET state = 'failed', reason = :reason, owner = '' WHERE id = :id"),
                {"id": document_id, "reason": clean(reason)},
            )

    def remove(self, document_id: str) -> bool:
        """Take out a document with all of its passages; return whether there was one."""
        with self._database.write() as connection:
            return _delete(connection, document_id)

    def cleared(self, document_id: str, folder: Path) -> None:
        """Note that the vectors of a document are gone, and delete its bytes if no other document has the same."""
        with self._database.write() as connection:
            values = {"id": document_id}
            file = connection.execute(text("SELECT file FROM removals WHERE document_id = :id"), values).scalar()
            if file is None:
                return
            used = connection.execute(text("SELECT 1 FROM documents WHERE file = :file"), {"file": file}).first()
            if file and not used:
                (folder / file).unlink(missing_ok=True)
            (folder / f".{document_id}").unlink(missing_ok=True)
            connection.execute(text("DELETE FROM removals WHERE document_id = :id"), values)


def _put_passages(connection: Connection, document_id: str, passages: Sequence[Stored], *, found: bool) -> None:
    """Put in passages with vectors of the generation that serves."""
    serving, place = connection.execute(
        text(
            "SELECT g.id, c.number FROM documents d JOIN collections c ON c.name = d.collection "
            "LEFT JOIN generations g ON g.state = 'serving' AND g.id = coalesce(d.generation, g.id) WHERE d.id = :id"
        ),
        {"id": document_id},
    ).one()
    if serving is None:
        raise IndexUnavailable("the encoder was changed while the document was read: add it again")
    if not passages:
        return
    connection.execute(
        text(
            "INSERT INTO passages (id, document_id, begins, ends, location, lead, text, found_in) "
            "VALUES (:id, :document_id, :begins, :ends, :location, :lead, :text, :found_in)"
        ),
        [from_stored(stored, document_id, place if found else None) for stored in passages],
    )
    connection.execute(
        text(
            "INSERT INTO vectors (generation, passage, vector) "
            "SELECT :serving, number, :data FROM passages WHERE id = :id"
        ),
        [{"serving": serving, "id": stored.passage.id, "data": from_vector(stored.vector)} for stored in passages],
    )


def _replace(connection: Connection, document_id: str, origin: str | None = None) -> None:
    """Drop what was read from a document's origin before; while it is quarantined, what is ready stays."""
    connection.execute(
        text(
            "DELETE FROM documents WHERE id IN (SELECT o.id FROM documents o JOIN documents d "
            "ON d.collection = o.collection AND o.origin = coalesce(:origin, d.origin) "
            "WHERE d.id = :id AND o.id <> :id AND o.state <> 'reading' "
            "AND NOT (o.state = 'ready' AND d.state = 'quarantined'))"
        ),
        {"id": document_id, "origin": origin},
    )


def _delete(connection: Connection, document_id: str) -> bool:
    return connection.execute(text("DELETE FROM documents WHERE id = :id"), {"id": document_id}).rowcount > 0


def _one(connection: Connection, document_id: str) -> Document:
    return to_document(connection.execute(text(f"{DOCUMENTS} WHERE d.id = :id"), {"id": document_id}).one())

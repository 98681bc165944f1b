"""The documents in the catalogue, as they are."""

from collections.abc import Sequence

from knowledge.catalogue.database import Database
from knowledge.catalogue.rows import DOCUMENTS, KNOWN, clean, to_anchors, to_document
from knowledge.documents import Anchor, Document


class Documents:
    """Which documents there are, and what they say."""

    _database: Database

    def documents(self, collections: Sequence[str] | None = None) -> list[Document]:
        """List the documents, oldest first."""
        where = "" if collections is None else "WHERE d.collection IN :collections"
        lists = [] if collections is None else ["collections"]
        values = {} if collections is None else {"collections": list(collections)}
        rows = self._database.rows(f"{DOCUMENTS} {where} ORDER BY d.added_at, d.number", values, lists=lists)
        return [to_document(row) for row in rows]

    def document(self, document_id: str) -> Document | None:
        """Return one document, if there is one of this id."""
        rows = self._database.rows(f"{DOCUMENTS} WHERE d.id = :id", {"id": document_id})
        return to_document(rows[0]) if rows else None

    def text(self, document_id: str) -> str:
        """Return the whole text of a document; empty where there is none."""
        rows = self._database.rows("SELECT text FROM texts WHERE document_id = :id", {"id": document_id})
        return str(rows[0][0]) if rows else ""

    def anchors(self, document_id: str) -> Sequence[Anchor]:
        """Return where in the file the lines of a document's text stood."""
        rows = self._database.rows("SELECT anchors FROM texts WHERE document_id = :id", {"id": document_id})
        return to_anchors(rows[0][0]) if rows else []

    def file(self, document_id: str) -> str:
        """Return the name of a document's original in the folder of originals; empty where it could not be had."""
        rows = self._database.rows("SELECT file FROM documents WHERE id = :id", {"id": document_id})
        return str(rows[0][0]) if rows else ""

    def files(self) -> set[str]:
        """Return the names of all originals that documents have, or that wait to be cleared away."""
        rows = self._database.rows("SELECT file FROM documents UNION SELECT file FROM removals")
        return {str(row[0]) for row in rows if row[0]}

    def find(self, collection: str, digest: str) -> Document | None:
        """Return the document of a collection that is ready or quarantined and has these bytes."""
        rows = self._database.rows(KNOWN, {"collection": collection, "digest": digest})
        return to_document(rows[0]) if rows else None

    def origins(self, collection: str, under: str) -> list[tuple[str, str, str, str]]:
        """List id, origin, digest and state of the documents that came from somewhere in a folder."""
        query = (
            "SELECT id, origin, digest, state FROM documents "
            "WHERE collection = :collection AND substr(origin, 1, :length) = :under ORDER BY number"
        )
        folder = clean(under.rstrip("/") + "/")
        rows = self._database.rows(query, {"collection": collection, "under": folder, "length": len(folder)})
        return [(str(name), str(origin), str(digest), str(state)) for name, origin, digest, state in rows]

    def released(self, document_id: str) -> tuple[str, str] | None:
        """Return who released a document from quarantine and when (ISO 8601, UTC), where somebody did."""
        query = "SELECT reviewer, released_at FROM documents WHERE id = :id AND reviewer IS NOT NULL"
        rows = self._database.rows(query, {"id": document_id})
        return (str(rows[0][0]), str(rows[0][1])) if rows else None

    def reading(self) -> list[tuple[str, str]]:
        """List the documents that are being read, with the processes that read them."""
        rows = self._database.rows("SELECT id, owner FROM documents WHERE state = 'reading' ORDER BY number")
        return [(str(name), str(owner)) for name, owner in rows]

    def removals(self) -> list[str]:
        """List the ids of documents that are gone, but whose vectors and bytes are still there."""
        return [str(row[0]) for row in self._database.rows("SELECT document_id FROM removals")]

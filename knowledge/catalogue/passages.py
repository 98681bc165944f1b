"""The passages in the catalogue: found by their words, fetched by their ids."""

from collections.abc import Sequence

from sqlalchemy import Connection

from knowledge.catalogue.database import Database, statement
from knowledge.catalogue.rows import PASSAGES, Stored, Vector, to_stored, to_vector

SOME = 5_000
"""Ids in one query; both databases have a limit."""
_PLACED = " AND p.found_in IN (SELECT c.number FROM collections c WHERE c.name IN :collections)"


class Passages:
    """Passages of documents; only those of ready documents are found or fetched."""

    _database: Database

    def match(
        self,
        words: Sequence[str],
        count: int,
        collections: Sequence[str] | None = None,
        documents: Sequence[str] | None = None,
    ) -> list[tuple[str, float]]:
        """Return the ids of the passages that any of the words match best, with BM25, best first.

        Where words are common, only the rarer ones count (see `words.choose`).

        Args:
            words: as people write them; nothing in them is syntax.
            count: how many at most.
            collections: where to look; by default everywhere.
            documents: the ids of the documents to look in; by default all.
        """
        with self._database.read() as connection:
            places = None if collections is None else _places(connection, collections)
            if places == []:
                return []
            return self._database.dialect.match(connection, words, count, places, documents)

    def frequencies(self, words: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return about how many passages there are, and in about how many of them each word is."""
        with self._database.read() as connection:
            return self._database.dialect.frequencies(connection, words)

    def fetch(
        self, ids: Sequence[str], collections: Sequence[str] | None = None, documents: Sequence[str] | None = None
    ) -> dict[str, Stored]:
        """Return by id those passages whose documents are ready, in the collections and documents asked for."""
        query = f"{PASSAGES} WHERE p.id IN :ids AND p.found_in IS NOT NULL"
        lists = {"collections": collections, "documents": documents}
        given: dict[str, list[str]] = {name: list(values) for name, values in lists.items() if values is not None}
        query += _PLACED if "collections" in given else ""
        query += " AND p.document_id IN :documents" if "documents" in given else ""
        found: dict[str, Stored] = {}
        for first in range(0, len(ids), SOME):
            values = {"ids": list(ids[first : first + SOME]), **given}
            rows = self._database.rows(query, values, lists=list(values))
            found |= {str(row[0]): to_stored(row) for row in rows}
        return found

    def vectors(self, ids: Sequence[str]) -> dict[str, Vector]:
        """Return by id the vectors of passages, of the generation that serves, without their texts."""
        query = (
            "SELECT p.id, v.vector FROM passages p JOIN vectors v ON v.passage = p.number "
            "WHERE p.id IN :ids AND v.generation = (SELECT g.id FROM generations g WHERE g.state = 'serving')"
        )
        found: dict[str, Vector] = {}
        for first in range(0, len(ids), SOME):
            rows = self._database.rows(query, {"ids": list(ids[first : first + SOME])}, lists=["ids"])
            found |= {str(name): to_vector(data) for name, data in rows}
        return found

    def passages(self, document_id: str) -> list[Stored]:
        """Return the passages of a document in order, whatever its state is."""
        rows = self._database.rows(f"{PASSAGES} WHERE d.id = :id ORDER BY p.number", {"id": document_id})
        return [to_stored(row) for row in rows]


def _places(connection: Connection, collections: Sequence[str]) -> list[int] | None:
    """Return the numbers of collections; None where nothing lies in any other one."""
    rows = connection.execute(
        statement("SELECT number, name IN :names FROM collections", "names"), {"names": list(collections)}
    ).all()
    return None if rows and all(wanted for _, wanted in rows) else [number for number, wanted in rows if wanted]

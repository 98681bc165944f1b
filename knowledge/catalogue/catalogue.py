"""The whole catalogue: the truth of what documents there are. Vectors in the index follow it.

Any number of threads, processes and, with Postgres, machines may use it. Readers see a document with all of its
passages, or not at all.
"""

from sqlalchemy import text

from knowledge.catalogue.changes import Changes
from knowledge.catalogue.collections import Collections
from knowledge.catalogue.database import Database
from knowledge.catalogue.documents import Documents
from knowledge.catalogue.generations import Generations
from knowledge.catalogue.passages import Passages

LEASE = "lease:"
"""What the names of facts begin with that say when a process was last at work."""
_LOST = (
    "SELECT count(*) FROM passages p WHERE NOT EXISTS (SELECT 1 FROM vectors v JOIN generations g "
    "ON g.id = v.generation WHERE v.passage = p.number AND g.state = 'serving')"
)
_MISPLACED = (
    "SELECT count(*) FROM passages p JOIN documents d ON d.id = p.document_id "
    "JOIN collections c ON c.name = d.collection WHERE (d.state = 'ready' AND (p.found_in IS NULL "
    "OR p.found_in <> c.number)) OR (d.state <> 'ready' AND p.found_in IS NOT NULL)"
)


class Catalogue(Collections, Documents, Changes, Passages, Generations):
    """All that is known of the documents."""

    def __init__(self, url: str) -> None:
        """Open a catalogue, making or bringing up to date its tables.

        Args:
            url: `sqlite:///FILE`, or `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`.

        Raises:
            BadInput: it is no such URL.
            IndexUnavailable: the database cannot be used.
        """
        self._database = Database(url)

    def fact(self, name: str, value: str) -> str:
        """Return a fact about the whole catalogue, after it was set to `value` where there was none."""
        known = self.facts(name).get(name)
        if known is not None:
            return known
        with self._database.write() as connection:
            connection.execute(
                text("INSERT INTO facts (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING"),
                {"name": name, "value": value},
            )
            return str(
                connection.execute(text("SELECT value FROM facts WHERE name = :name"), {"name": name}).scalar_one()
            )

    def set_fact(self, name: str, value: str) -> None:
        """Set a fact about the whole catalogue."""
        with self._database.write() as connection:
            connection.execute(
                text(
                    "INSERT INTO facts (name, value) VALUES (:name, :value) "
                    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
                ),
                {"name": name, "value": value},
            )

    def facts(self, prefix: str = "") -> dict[str, str]:
        """Return the facts whose names begin with a prefix."""
        query = "SELECT name, value FROM facts WHERE substr(name, 1, :length) = :prefix ORDER BY name"
        rows = self._database.rows(query, {"prefix": prefix, "length": len(prefix)})
        return {str(name): str(value) for name, value in rows}

    def renew(self, owner: str) -> None:
        """Note that a process is at work right now, by the clock of the database."""
        with self._database.write() as connection:
            connection.execute(
                text(
                    f"INSERT INTO facts (name, value) VALUES (:name, {self._database.dialect.clock}) "
                    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
                ),
                {"name": LEASE + owner},
            )

    def lease(self, owner: str) -> float | None:
        """Return how many seconds ago a process was last noted to be at work, None where it never was."""
        query = f"SELECT {self._database.dialect.clock}, value FROM facts WHERE name = :name"
        rows = self._database.rows(query, {"name": LEASE + owner})
        return float(rows[0][0]) - float(rows[0][1]) if rows else None

    def problems(self) -> list[str]:
        """Check the database, the full-text index against the passages, and that all vectors are there."""
        with self._database.read() as connection:
            found = self._database.dialect.problems(connection)
        lost, misplaced = (self._database.rows(query)[0][0] for query in (_LOST, _MISPLACED))
        if lost:
            found.append(f"{lost} passages have no vector in the catalogue: add their documents again")
        if misplaced:
            found.append(f"{misplaced} passages can be found where they must not, or not where they should")
        return found

    def rebuild_full_text(self) -> None:
        """Write the full-text index anew out of the passages."""
        with self._database.write() as connection:
            self._database.dialect.rebuild(connection)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

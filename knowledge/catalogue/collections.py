"""Collections in the catalogue: which there are, and who may read them."""

from sqlalchemy import text

from knowledge.catalogue.database import Database
from knowledge.catalogue.rows import from_collection, to_collection
from knowledge.documents import Collection


class Collections:
    """Which collections there are, and who may read them."""

    _database: Database

    def collections(self) -> list[Collection]:
        """List all collections by name."""
        rows = self._database.rows("SELECT name, owner, readers FROM collections ORDER BY name")
        return [to_collection(row) for row in rows]

    def collection(self, name: str) -> Collection | None:
        """Return one collection, if there is one of this name."""
        rows = self._database.rows("SELECT name, owner, readers FROM collections WHERE name = :name", {"name": name})
        return to_collection(rows[0]) if rows else None

    def put_collection(self, collection: Collection) -> None:
        """Make a collection, or set the owner and readers of the one of this name."""
        with self._database.write() as connection:
            connection.execute(
                text(
                    "INSERT INTO collections (name, owner, readers) VALUES (:name, :owner, :readers) "
                    "ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, readers = excluded.readers"
                ),
                from_collection(collection),
            )

    def remove_collection(self, name: str) -> bool:
        """Remove a collection that holds no document; return whether it is gone."""
        with self._database.write() as connection:
            query = (
                "DELETE FROM collections WHERE name = :name "
                "AND NOT EXISTS (SELECT 1 FROM documents d WHERE d.collection = :name)"
            )
            return connection.execute(text(query), {"name": name}).rowcount > 0

    def filled(self) -> set[str]:
        """Return the names of the collections that hold ready documents."""
        query = (
            "SELECT c.name FROM collections c WHERE EXISTS "
            "(SELECT 1 FROM documents d WHERE d.collection = c.name AND d.state = 'ready')"
        )
        return {str(row[0]) for row in self._database.rows(query)}

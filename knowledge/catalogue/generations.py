"""Generations in the catalogue: the vectors of one encoder serve, while those of the next are built beside them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, text

from knowledge.catalogue.database import Database
from knowledge.catalogue.rows import Generation, Pending, from_vector, to_vector
from knowledge.errors import IndexUnavailable

SLICE = 2_000
"""Vectors deleted in one transaction; other writers wait for no longer than that."""
_LACKING = (
    "SELECT p.id, p.document_id, d.collection, p.lead, p.text FROM passages p JOIN documents d ON d.id = p.document_id "
    "WHERE NOT EXISTS (SELECT 1 FROM vectors v WHERE v.passage = p.number AND v.generation = :generation)"
)


class Generations:
    """The encoders whose vectors are kept, of which one serves."""

    _database: Database

    def serving(self, encoder: str | None = None) -> Generation:
        """Return the generation that serves; where none does yet, it is made with the encoder given.

        Raises:
            IndexUnavailable: none serves, and no encoder is given.
        """
        rows = self._database.rows("SELECT id, encoder FROM generations WHERE state = 'serving'")
        if rows:
            return Generation(*rows[0])
        if encoder is None:
            raise IndexUnavailable("no encoder was used here yet: add a document first")
        with self._database.write() as connection:
            return _of(connection, "serving") or _make(connection, encoder, "serving")

    def building(self) -> Generation | None:
        """Return the generation that is being built, if one is."""
        rows = self._database.rows("SELECT id, encoder FROM generations WHERE state = 'building'")
        return Generation(*rows[0]) if rows else None

    def begin_generation(self, encoder: str) -> Generation:
        """Return the generation of an encoder that serves, or is being built; begin to build it where there is none.

        An unfinished one of another encoder is given up.
        """
        with self._database.write() as connection:
            serving, building = _of(connection, "serving"), _of(connection, "building")
            wanted = next((g for g in (serving, building) if g is not None and g.encoder == encoder), None)
            if building is not None and building != wanted:
                _drop(connection, building.id)
            return wanted or _make(connection, encoder, "building" if serving else "serving")

    def unembedded(self, generation: int, limit: int) -> list[Pending]:
        """Return the first passages, at most `limit`, that have no vector of a generation."""
        rows = self._database.rows(
            f"{_LACKING} ORDER BY p.number LIMIT :limit", {"generation": generation, "limit": limit}
        )
        return [Pending(*row) for row in rows]

    def put_vectors(self, generation: int, ids: Sequence[str], vectors: npt.NDArray[np.float32]) -> set[str]:
        """Put in vectors of a generation; return the ids of the passages that are there and have theirs by now.

        Raises:
            IndexUnavailable: the generation was given up meanwhile.
        """
        put = set()
        with self._database.write() as connection:
            state = connection.execute(
                text("SELECT state FROM generations WHERE id = :id"), {"id": generation}
            ).scalar()
            if state not in ("serving", "building"):
                raise IndexUnavailable("another encoder was chosen while the passages were embedded: begin again")
            query = text(
                "INSERT INTO vectors (generation, passage, vector) SELECT :generation, number, :data FROM passages "
                "WHERE id = :id ON CONFLICT (passage, generation) DO UPDATE SET vector = excluded.vector"
            )
            for name, vector in zip(ids, vectors, strict=True):
                values = {"generation": generation, "id": name, "data": from_vector(vector)}
                if connection.execute(query, values).rowcount > 0:
                    put.add(name)
        return put

    def generations(self) -> list[int]:
        """List the generations that serve or are being built, that which serves first."""
        query = "SELECT id FROM generations WHERE state <> 'dropped' ORDER BY state DESC"
        return [int(row[0]) for row in self._database.rows(query)]

    def embedded(self, generation: int, document_id: str) -> tuple[list[str], npt.NDArray[np.float32]]:
        """Return the ids of a document's passages that have a vector of a generation, and these vectors."""
        query = (
            "SELECT p.id, v.vector FROM passages p JOIN vectors v ON v.passage = p.number "
            "WHERE p.document_id = :id AND v.generation = :generation ORDER BY p.number"
        )
        rows = self._database.rows(query, {"id": document_id, "generation": generation})
        vectors = np.stack([to_vector(row[1]) for row in rows]) if rows else np.zeros((0, 0), dtype=np.float32)
        return [str(row[0]) for row in rows], vectors

    def embedded_ids(self, generation: int) -> set[str]:
        """Return the ids of all passages that have a vector of a generation."""
        query = "SELECT p.id FROM passages p JOIN vectors v ON v.passage = p.number WHERE v.generation = :generation"
        return {str(row[0]) for row in self._database.rows(query, {"generation": generation})}

    def share(self, generation: int) -> float:
        """Return the share of passages that have a vector of a generation, from 0 to 1."""
        query = "SELECT (SELECT count(*) FROM vectors WHERE generation = :generation), (SELECT count(*) FROM passages)"
        done, all_of_them = self._database.rows(query, {"generation": generation})[0]
        return float(done) / max(1, int(all_of_them))

    def switch(self, generation: int) -> bool:
        """Let a generation serve in place of the other one, if no passage lacks one; return whether it does."""
        with self._database.write() as connection:
            building = _of(connection, "building")
            if building is None or building.id != generation:
                serving = _of(connection, "serving")
                return serving is not None and serving.id == generation
            if connection.execute(text(f"{_LACKING} LIMIT 1"), {"generation": generation}).first() is not None:
                return False
            connection.execute(text("UPDATE generations SET state = 'dropped' WHERE state = 'serving'"))
            connection.execute(text("UPDATE generations SET state = 'serving' WHERE id = :id"), {"id": generation})
            return True

    def dropped(self) -> list[int]:
        """List the generations that are given up, but whose vectors are still there."""
        rows = self._database.rows("SELECT id FROM generations WHERE state = 'dropped' ORDER BY id")
        return [int(row[0]) for row in rows]

    def forget(self, generation: int) -> None:
        """Delete the vectors of a generation that was given up; to be called when the index has none of it any more."""
        left = True
        while left:
            with self._database.write() as connection:
                left = (
                    connection.execute(
                        text(
                            "DELETE FROM vectors WHERE generation = :id AND passage IN "
                            "(SELECT passage FROM vectors WHERE generation = :id LIMIT :slice)"
                        ),
                        {"id": generation, "slice": SLICE},
                    ).rowcount
                    > 0
                )
        with self._database.write() as connection:
            connection.execute(text("DELETE FROM generations WHERE id = :id AND state = 'dropped'"), {"id": generation})


def _of(connection: Connection, state: str) -> Generation | None:
    row = connection.execute(
        text("SELECT id, encoder FROM generations WHERE state = :state"), {"state": state}
    ).one_or_none()
    return Generation(*row) if row else None


def _make(connection: Connection, encoder: str, state: str) -> Generation:
    row = connection.execute(
        text("INSERT INTO generations (encoder, state) VALUES (:encoder, :state) RETURNING id, encoder"),
        {"encoder": encoder, "state": state},
    ).one()
    return Generation(*row)


def _drop(connection: Connection, generation: int) -> None:
    connection.execute(text("UPDATE generations SET state = 'dropped' WHERE id = :id"), {"id": generation})

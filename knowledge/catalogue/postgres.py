"""Postgres: for many machines at once. Full text is an inverted table of lexemes with BM25 computed in SQL.

The lexemes are those of the configuration `english`: stemmed, and without stop words. How many passages hold each, and
how long passages are on the average, is kept exactly by triggers, so that a score is the same as FTS5's formula gives.
"""

import logging
from collections.abc import Sequence

from sqlalchemy import URL, Connection, Engine, bindparam, create_engine, text

from knowledge.catalogue.schema import POSTGRES
from knowledge.catalogue.words import choose
from knowledge.errors import IndexUnavailable

K1, B = 1.2, 0.75
"""As FTS5 has them (Robertson and Zaragoza 2009)."""
LOCK = 0x6B6E6F77
"""The number of the advisory lock that writers of one database take."""
VERSION = "catalogue:version"

_FREQUENCIES = """
SELECT lexeme, passages FROM lexemes
WHERE lexeme = ANY (tsvector_to_array(to_tsvector('english', :question))) AND passages > 0
"""
_WORD_FREQUENCIES = """
SELECT w.word, coalesce(max(l.passages), 0) FROM unnest(CAST(:words AS text[])) AS w (word)
LEFT JOIN lexemes l ON l.lexeme = ANY (tsvector_to_array(to_tsvector('english', w.word))) GROUP BY w.word
"""
# A word in more than half of the passages would count against them; it counts as nearly nothing, as with FTS5.
_MATCH = f"""
SELECT p.id, hit.score FROM (
    SELECT t.passage, sum(
        CASE WHEN 2 * l.passages < n.passages + 1
             THEN ln((n.passages - l.passages + 0.5) / (l.passages + 0.5)::float8) ELSE 1e-6 END
        * t.often * ({K1} + 1) / (t.often + {K1} * (1 - {B} + {B} * t.length * n.passages / n.total::float8))
    ) AS score
    FROM terms t JOIN lexemes l ON l.lexeme = t.lexeme CROSS JOIN lengths n
    WHERE t.lexeme IN :words{{narrowing}}
    GROUP BY t.passage ORDER BY score DESC, t.passage LIMIT :count
) hit JOIN passages p ON p.number = hit.passage ORDER BY hit.score DESC, p.number
"""
_PLACES = " AND t.place IN :places"
_DOCUMENTS = " AND t.passage IN (SELECT number FROM passages WHERE document_id IN :documents)"
_TERMS = "SELECT p.number, t.lexeme, t.often, t.length, p.found_in FROM passages p, terms_of(p.lead, p.text) t"
_WRONG_TERMS = f"""
SELECT count(*) FROM (
    (SELECT passage, lexeme, often, length, place FROM terms EXCEPT {_TERMS} WHERE p.found_in IS NOT NULL)
    UNION ALL
    ({_TERMS} WHERE p.found_in IS NOT NULL EXCEPT SELECT passage, lexeme, often, length, place FROM terms)
) wrong
"""
_COUNTED = "SELECT lexeme, count(*) FROM terms GROUP BY lexeme"
_WRONG_COUNTS = f"""
SELECT (SELECT count(*) FROM (
           (SELECT * FROM lexemes WHERE passages > 0 EXCEPT {_COUNTED})
           UNION ALL ({_COUNTED} EXCEPT SELECT * FROM lexemes)
       ) wrong)
     + (SELECT count(*) FROM lengths n, (
           SELECT count(*) AS passages, coalesce(sum(length), 0) AS total
           FROM (SELECT DISTINCT ON (passage) length FROM terms) each
       ) true_ones WHERE n.passages <> true_ones.passages OR n.total <> true_ones.total)
"""


class Postgres:
    """The catalogue's dialect for a Postgres server."""

    engine: Engine
    hint = "see that the server runs, and that the URL names a database that can be written"
    clock = "extract(epoch FROM clock_timestamp())::text"

    def __init__(self, url: URL) -> None:
        # Of a connection that broke, the error itself tells; the pool would add a traceback.
        logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
        self.engine = create_engine(
            url.set(drivername="postgresql+pg8000"),
            pool_pre_ping=True,
            pool_size=8,
            max_overflow=-1,
            hide_parameters=True,
        )

    def migrate(self, connection: Connection) -> None:
        """Bring the tables up to date; whoever else opens the database at this moment waits.

        Raises:
            IndexUnavailable: the database was written by a later version.
        """
        for number, steps in enumerate(POSTGRES, start=1):
            self.begin(connection)
            if _version(connection) < number:
                for step in steps:
                    connection.exec_driver_sql(step)
                connection.execute(
                    text("INSERT INTO facts VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = :value"),
                    {"name": VERSION, "value": str(number)},
                )
            connection.commit()
        if _version(connection) > len(POSTGRES):
            raise IndexUnavailable("the catalogue was written by a later version: update Apprentice")

    def begin(self, connection: Connection) -> None:
        """Begin a transaction that writes."""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")

    def match(
        self,
        connection: Connection,
        words: Sequence[str],
        count: int,
        places: Sequence[int] | None,
        documents: Sequence[str] | None,
    ) -> list[tuple[str, float]]:
        """Return the passages that match the rarer of the words best."""
        asked = {"question": " ".join(words).replace("\0", " ")}
        chosen = choose({str(lexeme): count for lexeme, count in connection.execute(text(_FREQUENCIES), asked)})
        narrowing = ("" if places is None else _PLACES) + ("" if documents is None else _DOCUMENTS)
        lists = {
            name: list(values)
            for name, values in (("words", chosen), ("places", places), ("documents", documents))
            if values is not None
        }
        query = text(_MATCH.format(narrowing=narrowing)).bindparams(*(bindparam(n, expanding=True) for n in lists))
        values = {"count": count, **lists}
        return [(str(name), float(score)) for name, score in connection.execute(query, values)] if chosen else []

    def frequencies(self, connection: Connection, words: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return how many passages there are, and in how many of them each word is."""
        size = connection.exec_driver_sql("SELECT coalesce(max(passages), 0) FROM lengths").scalar_one()
        asked = {"words": [word.replace("\0", " ") for word in words]}
        return int(size), {str(word): int(count) for word, count in connection.execute(text(_WORD_FREQUENCIES), asked)}

    def problems(self, connection: Connection) -> list[str]:
        """Check the lexemes, and how they are counted, against the passages."""
        wrong = connection.exec_driver_sql(_WRONG_TERMS).scalar_one()
        wrong += connection.exec_driver_sql(_WRONG_COUNTS).scalar_one()
        return ["the full-text index does not agree with the passages"] if wrong else []

    def rebuild(self, connection: Connection) -> None:
        """Write the full-text index anew out of the passages."""
        connection.exec_driver_sql("TRUNCATE terms, lexemes, lengths")
        connection.exec_driver_sql(
            "INSERT INTO terms (passage, lexeme, often, length, place) " + _TERMS + " WHERE p.found_in IS NOT NULL"
        )
        connection.exec_driver_sql(f"INSERT INTO lexemes {_COUNTED}")
        connection.exec_driver_sql(
            "INSERT INTO lengths SELECT count(*), coalesce(sum(length), 0) "
            "FROM (SELECT DISTINCT ON (passage) length FROM terms) each"
        )


def _version(connection: Connection) -> int:
    there = connection.exec_driver_sql("SELECT to_regclass('facts') IS NOT NULL").scalar_one()
    if not there:
        return 0
    query = text("SELECT value FROM facts WHERE name = :name")
    return int(connection.execute(query, {"name": VERSION}).scalar() or 0)

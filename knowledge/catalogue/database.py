"""The database of the catalogue: its connections, transactions and errors, whichever it is of the two."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, String, TextClause, bindparam, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from knowledge.catalogue.postgres import Postgres
from knowledge.catalogue.sqlite import Sqlite
from knowledge.errors import BadInput, IndexUnavailable

Rows = list[tuple[Any, ...]]
Values = Mapping[str, object]


class Dialect(Protocol):
    """What SQLite and Postgres each do in a way of their own."""

    engine: Engine
    hint: str
    """What to do where the database cannot be used."""
    clock: str
    """The seconds since 1970 as text, in SQL."""

    def migrate(self, connection: Connection) -> None:
        """Bring the tables up to date; in one transaction for each step."""
        ...

    def begin(self, connection: Connection) -> None:
        """Begin a transaction that writes, alone of all threads, processes and machines."""
        ...

    def match(
        self,
        connection: Connection,
        words: Sequence[str],
        count: int,
        places: Sequence[int] | None,
        documents: Sequence[str] | None,
    ) -> list[tuple[str, float]]:
        """Return the ids of the passages that match any of the words best, with BM25, best first."""
        ...

    def frequencies(self, connection: Connection, words: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return how many passages there are, and in how many of them each word is."""
        ...

    def problems(self, connection: Connection) -> list[str]:
        """Check the database itself, and its full-text index against the passages."""
        ...

    def rebuild(self, connection: Connection) -> None:
        """Write the full-text index anew out of the passages."""
        ...


class Database:
    """Short transactions with the database at a URL; may be used by any number of threads."""

    def __init__(self, url: str) -> None:
        """Open it, and bring its tables up to date.

        Raises:
            BadInput: it is no URL of SQLite or Postgres.
            IndexUnavailable: it cannot be opened, or was written by a later version.
        """
        self._writing = threading.RLock()
        self.dialect = _dialect(url)
        self._place = self.dialect.engine.url.render_as_string(hide_password=True)
        with self._translated(), self.dialect.engine.connect() as connection:
            self.dialect.migrate(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for reading."""
        with self._translated(), self.dialect.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a transaction that is kept as a whole, or not at all where an error comes."""
        with self._translated(), self._writing, self.dialect.engine.connect() as connection:
            self.dialect.begin(connection)
            yield connection
            connection.commit()

    def rows(self, query: str, values: Values | None = None, *, lists: Sequence[str] = ()) -> Rows:
        """Return all rows of a query; `lists` names those of its values that are lists."""
        with self.read() as connection:
            return [tuple(row) for row in connection.execute(statement(query, *lists), values or {})]

    def close(self) -> None:
        """Close all connections."""
        with self._writing:
            self.dialect.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except UnicodeEncodeError as error:
            raise BadInput(f"{error.object!r} is no text that can be kept: write it in UTF-8") from error
        except (SQLAlchemyError, OSError) as error:
            raise IndexUnavailable(
                f"the catalogue {self._place} cannot be used ({_reason(error)}): {self.dialect.hint}"
            ) from error


@lru_cache(maxsize=256)
def statement(query: str, *lists: str) -> TextClause:
    """Return a query whose values of these names are lists of strings; the same object for the same query."""
    return text(query).bindparams(*(bindparam(name, expanding=True, type_=String) for name in lists))


def _dialect(url: str) -> Dialect:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        parsed = None
    if parsed is not None and parsed.get_backend_name() == "sqlite" and parsed.database:
        return Sqlite(parsed)
    if parsed is not None and parsed.get_backend_name() in ("postgresql", "postgres") and parsed.username:
        return Postgres(parsed)
    raise BadInput("this is no URL of a catalogue: write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE")


def _reason(error: Exception) -> str:
    cause: object = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, Exception) and cause.args and isinstance(cause.args[0], dict):  # as pg8000 says it
        cause = cause.args[0].get("M", cause)
    return (str(cause).splitlines() or [type(error).__name__])[0]

"""From the form that a database was written in to that of today; what is in it is kept."""

from collections.abc import Callable

from sqlalchemy import Connection

from assistant.store.tables import APPEND_ONLY, VERSION, appeals, audit, keys, metadata, outcomes, sessions, users


def migrate(connection: Connection, version: int) -> None:
    """Bring a database to the form of today, within the transaction that is open.

    Args:
        connection: to the database.
        version: what it was written by; 0 is a new file.
    """
    if version == 0:
        metadata.create_all(connection)
        _guard(connection)
    else:
        for step in range(version, VERSION):
            STEPS[step](connection)
    connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")


def _from_1(connection: Connection) -> None:
    """Add the audit log and the appeals."""
    metadata.create_all(connection, tables=[audit, appeals])
    _guard(connection)


def _from_2(connection: Connection) -> None:
    """Let conversations be pinned to an adapter, and add the outcomes of trials."""
    connection.exec_driver_sql("ALTER TABLE conversations ADD COLUMN pinned VARCHAR(64)")
    metadata.create_all(connection, tables=[outcomes])


def _from_3(connection: Connection) -> None:
    """Tell conversations of the page from those of programs; all there were are the page's."""
    connection.exec_driver_sql("ALTER TABLE conversations ADD COLUMN origin VARCHAR(16) NOT NULL DEFAULT 'page'")


def _from_4(connection: Connection) -> None:
    """Let conversations belong to users, and add these with their sessions and keys."""
    connection.exec_driver_sql('ALTER TABLE conversations ADD COLUMN "user" TEXT')
    connection.exec_driver_sql('CREATE INDEX conversations_by_user ON conversations ("user")')
    metadata.create_all(connection, tables=[users, sessions, keys])


def _guard(connection: Connection) -> None:
    for trigger in APPEND_ONLY:
        connection.exec_driver_sql(trigger.replace("TRIGGER", "TRIGGER IF NOT EXISTS", 1))


STEPS: dict[int, Callable[[Connection], None]] = {1: _from_1, 2: _from_2, 3: _from_3, 4: _from_4}
"""What leads from each version to the next."""

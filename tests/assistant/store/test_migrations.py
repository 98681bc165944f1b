import sqlite3

import pytest

from assistant.store.audit import Entry
from assistant.store.store import Store
from assistant.store.tables import VERSION
from assistant.turns import Rating, Turn


@pytest.fixture
def old(tmp_path):
    """A database as version 1 wrote it: with a turn and its rating, and neither log nor appeals."""
    file = tmp_path / "assistant.db"
    store = Store(file)
    conversation = store.add_conversation("Pay").id
    store.add_turn(Turn("t1", conversation, 0, "How much?", "Enough."))
    store.rate("t1", Rating("up", ("clear",)))
    store.close()
    with sqlite3.connect(file) as connection:
        connection.executescript("DROP TABLE audit; DROP TABLE appeals; PRAGMA user_version = 1;")
    connection.close()
    return file


def test_a_database_of_version_1_keeps_what_is_in_it(old):
    store = Store(old)
    assert [c.title for c in store.conversations()] == ["Pay"]
    assert (store.turn("t1").answer, store.turn("t1").rating) == ("Enough.", Rating("up", ("clear",)))


def test_a_database_of_version_1_gets_a_log_that_is_append_only(old):
    store = Store(old)
    store.audit.append([Entry("input", "allow", "Hello?")])
    assert store.audit.check().count == 1
    with sqlite3.connect(old) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute("DELETE FROM audit")
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    connection.close()


def test_a_database_of_version_1_gets_appeals(old):
    assert Store(old).appeals.all() == []

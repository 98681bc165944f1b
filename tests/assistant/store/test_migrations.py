import sqlite3

import pytest

from assistant.store.audit import Entry
from assistant.store.outcomes import Outcome
from assistant.store.store import Store
from assistant.store.tables import VERSION
from assistant.turns import Pin, Rating, Turn

LATER = """
DROP TABLE sessions; DROP TABLE keys; DROP TABLE users; DROP INDEX conversations_by_user;
ALTER TABLE conversations DROP COLUMN "user"; ALTER TABLE conversations DROP COLUMN origin;
"""
"""Takes away what versions 4 and 5 added."""


@pytest.fixture
def old(tmp_path):
    """A database as version 1 wrote it: with a turn and its rating, and neither log nor appeals, pins nor outcomes."""
    file = tmp_path / "assistant.db"
    store = Store(file)
    conversation = store.add_conversation("Pay").id
    store.add_turn(Turn("t1", conversation, 0, "How much?", "Enough."))
    store.rate("t1", Rating("up", ("clear",)))
    store.close()
    with sqlite3.connect(file) as connection:
        connection.executescript("DROP TABLE audit; DROP TABLE appeals; PRAGMA user_version = 1;")
        connection.executescript(LATER)
        connection.executescript("DROP TABLE outcomes; ALTER TABLE conversations DROP COLUMN pinned;")
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


def test_conversations_of_a_database_of_before_are_not_pinned_and_can_be(old):
    store = Store(old)
    (conversation,) = store.conversations()
    assert conversation.pin is None
    store.pin(conversation.id, Pin("first"))
    assert store.pinned(conversation.id) == Pin("first")


def test_a_database_of_version_2_keeps_its_log_and_gets_outcomes(old):
    store = Store(old)
    store.audit.append([Entry("input", "allow", "Hello?")])
    store.close()
    with sqlite3.connect(old) as connection:
        connection.executescript(LATER)
        connection.executescript("DROP TABLE outcomes; ALTER TABLE conversations DROP COLUMN pinned;")
        connection.executescript("PRAGMA user_version = 2;")
    connection.close()
    store = Store(old)
    store.outcomes.add(Outcome("trial", "person", "candidate", "t1"))
    assert store.audit.check().count == 1
    assert store.outcomes.people("trial")["candidate"][0].ups == 1


def test_a_database_of_version_3_gets_users_and_its_conversations_are_nobodys_until_the_first_administrator(old):
    store = Store(old)
    store.close()
    with sqlite3.connect(old) as connection:
        connection.executescript(LATER)
        connection.executescript("PRAGMA user_version = 3;")
    connection.close()
    store = Store(old)
    assert [one.user for one in store.conversations()] == [None]
    store.accounts.users.add("anna", "administrator", None)
    assert [one.user for one in store.conversations()] == ["anna"]


def test_a_database_that_was_brought_to_today_has_the_same_form_as_a_new_one(old, tmp_path):
    def form(file):
        Store(file).close()
        with sqlite3.connect(file) as connection:
            tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            columns = {name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")} for name in tables}
            indices = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
        connection.close()
        return columns, indices

    assert form(old) == form(tmp_path / "new" / "assistant.db")


def test_conversations_of_a_database_of_version_3_are_the_pages(old):
    store = Store(old)
    (conversation,) = store.conversations()
    store.pin(conversation.id, Pin("first"))
    store.close()
    with sqlite3.connect(old) as connection:
        connection.executescript(LATER)
        connection.executescript("PRAGMA user_version = 3;")
    connection.close()
    store = Store(old)
    (conversation,) = store.conversations()
    assert (conversation.title, conversation.origin, conversation.pin) == ("Pay", "page", Pin("first"))
    program = store.add_conversation(origin="api")
    assert store.conversations("api") == [program]

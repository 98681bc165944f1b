from datetime import UTC, datetime, timedelta

import pytest

from assistant.errors import BadInput
from assistant.store.audit import Wanted
from assistant.store.sessions import Sessions
from assistant.store.store import Store
from assistant.store.tables import keys, sessions, users

HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaA"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def accounts(store, clock):
    store.accounts.sessions._clock = store.accounts.keys._clock = clock
    store.accounts.users.add("Anna", "administrator", HASH)
    return store.accounts


def logged(store):
    return [row.rule for row in store.audit.rows(Wanted(stage="access"))]


def test_before_the_first_user_there_are_none(store):
    assert not store.accounts.users.any()
    store.accounts.users.add("anna", "user", HASH)
    assert store.accounts.users.any()


def test_a_user_is_found_however_the_name_is_capitalised_but_called_as_it_was_given(accounts):
    assert accounts.users.find("ANNA ").name == "Anna"
    assert accounts.users.find("ann") is None


def test_two_names_that_differ_in_capitals_alone_are_one(accounts):
    with pytest.raises(BadInput, match="already"):
        accounts.users.add("aNNa", "user", HASH)


@pytest.mark.parametrize("name", ["", "  ", "a,b", "a\nb", "<b>", "x" * 65, "ben (removed)"])
def test_a_name_that_would_mean_something_elsewhere_is_refused(accounts, name):
    with pytest.raises(BadInput, match="a name has"):
        accounts.users.add(name, "user", HASH)


def test_the_first_administrator_takes_over_what_was_said_before_anybody_signed_in(store):
    conversation = store.add_conversation("Before").id
    store.accounts.users.add("anna", "administrator", HASH)
    store.accounts.users.add("ben", "administrator", HASH)
    assert [one.id for one in store.conversations(user="anna")] == [conversation]
    assert store.conversations(user="ben") == []


def test_who_gets_the_name_of_somebody_removed_does_not_get_their_conversations(store, accounts):
    store.accounts.users.add("ben", "user", HASH)
    store.add_conversation("Secret", user="ben")
    accounts.users.remove("ben")
    accounts.users.add("ben", "user", HASH)
    assert store.conversations(user="ben") == []


def test_a_session_is_known_by_its_token_alone_which_is_not_stored(store, accounts):
    token = accounts.sessions.begin("Anna", DAY)
    assert accounts.sessions.find(token, HOUR).name == "Anna"
    assert accounts.sessions.find(token[:-1], HOUR) is None
    with store._begin() as connection:
        kept = str(connection.execute(sessions.select()).all())
    assert token not in kept


def test_a_session_ends_after_its_time_however_much_it_is_used(accounts, clock):
    token = accounts.sessions.begin("Anna", DAY)
    for _ in range(24):
        assert accounts.sessions.find(token, 2 * HOUR) is not None
        clock.now += HOUR
    assert accounts.sessions.find(token, 2 * HOUR) is None


def test_a_session_that_nobody_uses_ends_earlier(accounts, clock):
    token = accounts.sessions.begin("Anna", DAY)
    clock.now += 2 * HOUR
    assert accounts.sessions.find(token, HOUR) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda accounts: accounts.users.set_role("anna", "user"),
        lambda accounts: accounts.users.set_password("anna", HASH),
        lambda accounts: accounts.users.disable("anna"),
        lambda accounts: accounts.users.remove("anna"),
    ],
)
def test_a_change_of_a_user_ends_their_sessions(accounts, change):
    token = accounts.sessions.begin("Anna", DAY)
    change(accounts)
    assert accounts.sessions.find(token, HOUR) is None


def test_a_session_that_was_ended_is_not_there_any_more_and_others_are(accounts):
    one, other = (accounts.sessions.begin("Anna", DAY) for _ in range(2))
    accounts.sessions.end(one)
    assert accounts.sessions.find(one, HOUR) is None
    assert accounts.sessions.find(other, HOUR) is not None


def test_a_key_is_shown_once_and_told_from_others_by_how_it_begins(store, accounts):
    key, text = accounts.keys.make("anna", ["feedback", "chat"], 30)
    assert text.startswith(f"{key.id}_")
    assert key.scopes == ("chat", "feedback")
    with store._begin() as connection:
        kept = str(connection.execute(keys.select()).all())
    assert text not in kept
    assert text.removeprefix(f"{key.id}_") not in kept


def test_a_key_that_expired_is_refused(accounts, clock):
    _, text = accounts.keys.make("anna", ["chat"], 1)
    assert accounts.keys.find(text)[0].name == "Anna"
    clock.now += DAY
    assert accounts.keys.find(text) is None


def test_a_key_tells_when_it_was_used_last(accounts, clock):
    _, text = accounts.keys.make("anna", ["chat"], None)
    clock.now += HOUR
    accounts.keys.find(text)
    assert accounts.keys.all("anna")[0].used_at.startswith("2026-01-01T01:00")


def test_a_key_that_was_revoked_is_refused_and_another_is_not(accounts):
    (one, revoked), (_, other) = (accounts.keys.make("anna", ["chat"], None) for _ in range(2))
    accounts.keys.revoke(one.id)
    assert accounts.keys.find(revoked) is None
    assert accounts.keys.find(other) is not None
    with pytest.raises(BadInput, match="no such key"):
        accounts.keys.revoke(one.id)


def test_the_key_of_a_user_who_is_kept_out_is_refused(accounts):
    _, text = accounts.keys.make("anna", ["chat"], None)
    accounts.users.disable("anna")
    assert accounts.keys.find(text) is None
    accounts.users.disable("anna", disabled=False)
    assert accounts.keys.find(text) is not None


@pytest.mark.parametrize(("scopes", "days"), [([], None), (["everything"], None), (["chat"], 0), (["chat"], 4000)])
def test_a_key_for_nothing_known_or_for_no_time_is_refused(accounts, scopes, days):
    with pytest.raises(BadInput):
        accounts.keys.make("anna", scopes, days)


def test_what_is_changed_of_users_and_keys_is_in_the_audit_log_without_any_secret(store, accounts):
    key, text = accounts.keys.make("anna", ["chat"], None, by="Anna")
    accounts.users.set_role("anna", "user")
    accounts.users.set_password("anna", HASH)
    accounts.keys.revoke(key.id)
    told = logged(store)
    assert told == [
        "user added as administrator: Anna",
        f"key made: {key.id} for chat",
        "role of Anna: user",
        "password changed: Anna",
        f"key revoked: {key.id}",
    ]
    assert text not in str(told)
    assert store.audit.check().broken is None


def test_a_user_with_sessions_and_keys_is_removed_with_them(store, accounts):
    accounts.sessions.begin("Anna", DAY)
    accounts.keys.make("anna", ["chat"], None)
    accounts.users.remove("anna")
    with store._begin() as connection:
        assert [connection.execute(table.select()).all() for table in (users, sessions, keys)] == [[], [], []]


def test_a_second_store_on_the_same_file_knows_who_is_signed_in(store, accounts, tmp_path):
    token = accounts.sessions.begin("Anna", DAY)
    other = Store(tmp_path / "home" / "assistant.db")
    assert Sessions(other._begin, accounts.sessions._clock).find(token, HOUR).name == "Anna"
    other.close()

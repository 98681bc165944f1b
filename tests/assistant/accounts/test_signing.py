import pytest

from assistant.accounts.passwords import hashed
from assistant.accounts.settings import ServerSettings
from assistant.accounts.signing import WRONG, Signing
from assistant.accounts.throttle import NAME, Throttle
from assistant.errors import BadInput
from assistant.store.audit import Wanted

PASSWORD, ADDRESS = "correct horse battery", "10.0.0.1"
KEPT = hashed(PASSWORD)


@pytest.fixture
def signing(store):
    store.accounts.users.add("Anna", "user", KEPT)
    store.accounts.users.add("carl", "user", None)
    return Signing(store.accounts, store.audit, ServerSettings(), Throttle())


def refused(signing, name, password):
    with pytest.raises(BadInput) as told:
        signing.sign_in(name, password, ADDRESS)
    return str(told.value)


def test_name_and_password_begin_a_session(signing):
    assert signing.find(signing.sign_in("anna", PASSWORD, ADDRESS)).name == "Anna"


def test_each_sign_in_has_a_token_of_its_own(signing):
    assert signing.sign_in("anna", PASSWORD, ADDRESS) != signing.sign_in("anna", PASSWORD, ADDRESS)


def test_a_wrong_password_a_wrong_name_and_a_user_without_a_password_or_kept_out_sound_the_same(signing):
    told = {refused(signing, "anna", "a wrong password"), refused(signing, "nobody", PASSWORD)}
    told |= {refused(signing, "carl", "")}
    signing.accounts.users.disable("anna")
    assert told | {refused(signing, "anna", PASSWORD)} == {WRONG}


def test_a_name_that_was_tried_too_often_waits_whether_it_exists_or_not(signing):
    for name in ("anna", "nobody"):
        for _ in range(NAME.free + 1):
            assert refused(signing, name, "a wrong password") == WRONG
        assert refused(signing, name, PASSWORD).startswith("Too many tries: wait 1 s")


def test_sign_ins_are_logged_and_failed_ones_without_what_was_typed(signing, store):
    refused(signing, "anna", "a wrong password")
    refused(signing, "my secret password", "typed into the wrong field")
    signing.end(signing.sign_in("anna", PASSWORD, ADDRESS))
    rows = list(store.audit.rows(Wanted(stage="access")))[-4:]
    assert [(row.user, row.rule) for row in rows] == [
        ("Anna", "sign-in failed"),
        (None, "sign-in failed"),
        ("Anna", "signed in"),
        ("Anna", "signed out"),
    ]
    assert "secret" not in str(rows)


def test_another_password_ends_all_sessions_and_begins_a_new_one(signing):
    one, other = (signing.sign_in("anna", PASSWORD, ADDRESS) for _ in range(2))
    new = signing.change("anna", PASSWORD, "another good password", ADDRESS)
    assert [signing.find(token) and signing.find(token).name for token in (one, other, new)] == [None, None, "Anna"]
    assert refused(signing, "anna", PASSWORD) == WRONG


def test_a_password_is_not_changed_by_who_does_not_know_it(signing):
    with pytest.raises(BadInput, match="so far is wrong"):
        signing.change("anna", "a wrong password", "another good password", ADDRESS)
    assert signing.find(signing.sign_in("anna", PASSWORD, ADDRESS))


def test_a_hash_by_weaker_parameters_is_made_anew_at_the_next_sign_in(signing, store):
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    store.accounts.users.set_password("anna", weak)
    signing.sign_in("anna", PASSWORD, ADDRESS)
    assert "m=65536" in store.accounts.users.password("anna")

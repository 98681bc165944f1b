"""Conversations belong to users: to others they are as if they were not there."""

import pytest

from assistant.errors import BadInput
from assistant.turns import Turn


@pytest.fixture
def two(store):
    """Two people with a conversation each: the ids of the conversations, by user."""
    ids = {}
    for user in ("anna", "ben"):
        ids[user] = store.add_conversation(f"of {user}", user=user).id
        store.add_turn(Turn(f"turn of {user}", ids[user], 0, "q", "a"))
    return ids


def test_each_lists_their_own_and_whoever_runs_the_machine_all(store, two):
    assert [one.title for one in store.conversations(user="anna")] == ["of anna"]
    assert {one.user for one in store.conversations()} == {"anna", "ben"}


def test_the_turn_of_somebody_else_is_no_longer_there(store, two):
    assert store.turn("turn of anna", "anna").answer == "a"
    with pytest.raises(BadInput, match="no longer there"):
        store.turn("turn of anna", "ben")
    assert store.turn("turn of anna").answer == "a"


def test_the_conversation_of_somebody_else_is_no_longer_there(store, two):
    store.check_owner(two["anna"], "anna")
    store.check_owner(two["anna"], None)
    for conversation, user in ((two["anna"], "ben"), ("nothing", "ben"), ("nothing", None)):
        with pytest.raises(BadInput, match="no longer there"):
            store.check_owner(conversation, user)


def test_what_nobody_had_to_sign_in_for_is_no_users(store):
    conversation = store.add_conversation().id
    with pytest.raises(BadInput, match="no longer there"):
        store.check_owner(conversation, "anna")


def test_what_a_program_began_is_its_users_and_not_on_their_page(store):
    program = store.add_conversation(origin="api", user="anna")
    assert store.conversations(user="anna") == []
    assert store.conversations("api", "anna") == [program]
    assert store.conversations("api", "ben") == []
    store.check_owner(program.id, "anna")

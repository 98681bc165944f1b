"""OWASP API2:2023, broken authentication: what is kept of secrets, and guessing them."""

import sqlite3
from contextlib import closing

from assistant.accounts.passwords import hashed

PASSWORD = "correct horse battery"


def test_neither_passwords_nor_tokens_nor_keys_stand_in_the_files_of_the_home(assistant):
    from datetime import timedelta

    accounts = assistant.store.accounts
    accounts.users.add("dora", "user", hashed(PASSWORD))
    token = accounts.sessions.begin("dora", timedelta(hours=1))
    _, key = accounts.keys.make("dora", ["chat"], 1)
    with closing(sqlite3.connect(assistant.settings.chat.database)) as database:
        dumped = "\n".join(database.iterdump())
    for secret in (PASSWORD, token, key):
        assert secret not in dumped
    for file in assistant.settings.home.rglob("*"):
        if file.is_file():
            assert token.encode() not in file.read_bytes()


def test_a_token_cannot_be_guessed_it_has_256_bits(assistant):
    from assistant.store.tokens import fresh

    assert len({fresh() for _ in range(100)}) == 100
    assert len(fresh()) == 43

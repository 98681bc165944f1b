"""OWASP API3:2023, broken object property level authorisation: fields that nobody asked for change nothing."""

import re
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from assistant import server
from assistant.accounts.passwords import hashed

PASSWORD = "correct horse battery"
EXTRA = {"role": "administrator", "disabled": "false", "user": "anna", "name": "anna", "administrator": "true"}


@pytest.fixture(scope="module")
def client(assistant):
    assistant.store.accounts.users.add("dora", "user", hashed(PASSWORD))
    opened = TestClient(server.application(assistant, "127.0.0.1", 7860), base_url="http://127.0.0.1:7860")
    opened.cookies.set("apprentice", assistant.store.accounts.sessions.begin("dora", timedelta(hours=1)))
    opened.headers["Origin"] = "http://127.0.0.1:7860"
    return opened


def test_who_changes_a_password_changes_their_own_and_nothing_else(assistant, client):
    users = assistant.store.accounts.users
    before = users.password("anna")
    token = re.search('name="token" value="([^"]+)"', client.get("/account").text)[1]
    client.post("/account", data=EXTRA | {"token": token, "password": PASSWORD, "new": "another good password"})
    assert users.password("anna") == before
    assert (users.one("dora").role, users.one("dora").disabled) == ("user", False)


@pytest.mark.parametrize("name", ["X-User", "X-Forwarded-User", "X-Remote-User", "X-Role"])
def test_headers_that_say_who_somebody_is_are_not_believed(assistant, name):
    app = server.application(assistant, "127.0.0.1", 7860)
    stranger = TestClient(app, base_url="http://127.0.0.1:7860", headers={name: "anna", "X-Forwarded-For": "127.0.0.1"})
    assert stranger.get("/config").status_code == 401

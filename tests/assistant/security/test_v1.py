"""OWASP API1 and API5:2023 on /v1: keys of one person, and the conversations, answers and adapters of another."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from assistant import server
from tests.assistant.doubles import SpokenModel


@pytest.fixture(scope="module")
def programs(assistant):
    """A program of each person, with a key for everything."""
    speaking = replace(assistant, engine=replace(assistant.engine, model=SpokenModel(["Good morning to you."])))
    app = server.application(speaking, "127.0.0.1", 7860)

    def program(name, *scopes):
        scopes = scopes or ("chat", "documents:read", "documents:write", "feedback", "adapters")
        _, text = assistant.store.accounts.keys.make(name, scopes, None)
        return TestClient(app, base_url="http://127.0.0.1:7860", headers={"Authorization": f"Bearer {text}"})

    return program


def asked(program, **more):
    body = {"messages": [{"role": "user", "content": "Hello?"}], "knowledge": False} | more
    return program.post("/v1/chat/completions", json=body)


def test_what_a_program_is_answered_belongs_to_whose_key_it_has(assistant, programs):
    answer = asked(programs("ben"))
    assert answer.status_code == 200, answer.text
    assert [one.user for one in assistant.store.conversations("api")] == ["ben"]
    assert assistant.store.conversations(user="ben") == []


def test_the_conversation_of_somebody_else_is_neither_gone_on_with_nor_rated(assistant, programs):
    ben = asked(programs("ben")).json()
    turn = ben["choices"][0]["message"]["turn_id"]
    conversation = assistant.store.turn(turn).conversation_id
    eve = programs("eve")
    assert asked(eve, conversation_id=conversation).status_code == 404
    assert eve.post("/v1/feedback", json={"turn_id": turn, "thumb": "up"}).status_code == 404
    assert assistant.store.turn(turn).rating is None
    assert programs("ben").post("/v1/feedback", json={"turn_id": turn, "thumb": "up"}).status_code == 200


@pytest.mark.parametrize("name", ["ben", "rita"])
def test_adapters_are_for_administrators(programs, name):
    program = programs(name)
    assert program.get("/v1/adapters").status_code == 403
    assert program.post("/v1/adapters/rollback").status_code == 403
    assert programs("anna").get("/v1/adapters").status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v1/chat/completions"), ("POST", "/v1/embeddings"), ("GET", "/v1/documents"), ("POST", "/v1/search"),
     ("POST", "/v1/documents"), ("DELETE", "/v1/documents/x"), ("POST", "/v1/feedback")],
)  # fmt: skip
def test_every_route_wants_its_scope(programs, method, path):
    answer = programs("anna", "metrics").request(method, path, json={})
    assert (answer.status_code, answer.json()["error"]["type"]) == (403, "permission_error")


def test_every_route_that_there_is_is_known_to_what_admits_programs(assistant):
    from assistant.api.admission import RULES
    from assistant.api.v1.app import application

    for path, operations in application(assistant).openapi()["paths"].items():
        for method in operations:
            assert any(rule.covers(method.upper(), f"/v1{path}") for rule in RULES), (method, path)


def test_what_programs_upload_delete_and_promote_is_logged_with_whose_key_it_was(assistant, programs):
    ben = programs("ben")
    added = ben.post("/v1/documents", files={"file": ("notes.md", b"# Notes\n\nThe canteen opens at noon.\n")})
    assert added.status_code == 201, added.text
    assert ben.delete(f"/v1/documents/{added.json()['id']}").status_code == 200
    rows = list(assistant.store.audit.rows(newest=2))
    assert [(row.user, row.rule) for row in rows] == [("ben", "deleted"), ("ben", "added to default")]

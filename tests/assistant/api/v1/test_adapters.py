"""Adapters, for administrators."""

import pytest

from finetune.registry import Card


@pytest.fixture
def polite(api, make_adapter):
    """An adapter in the registry that nobody has judged."""
    asked = api()
    registry = asked.assistant.registry
    registry.add("polite", make_adapter("polite"), Card(base=asked.assistant.engine.serving.base, method="dpo"))
    yield asked
    if registry.active():
        registry.rollback()
    registry.remove("polite")


def test_an_adapter_is_listed_and_shown_with_its_card_but_not_its_folder(polite):
    (listed,) = polite.client.get("/v1/adapters").json()["data"]
    shown = polite.client.get("/v1/adapters/polite").json()
    assert shown == listed
    assert (shown["name"], shown["state"], shown["method"], shown["decision"]) == ("polite", "candidate", "dpo", None)
    assert "path" not in shown


def test_an_adapter_is_promoted_and_rolled_back(polite):
    assert polite.client.post("/v1/adapters/polite/promote").json()["state"] == "serving"
    assert polite.message()["adapter"] == "polite"
    assert polite.client.post("/v1/adapters/rollback").json() == {"object": "rollback", "serving": None}
    assert polite.message()["adapter"] is None


def test_one_that_was_withdrawn_is_promoted_only_by_force(polite):
    polite.assistant.registry.flag("polite", "worse")
    answer = polite.client.post("/v1/adapters/polite/promote")
    assert answer.status_code == 409
    assert "worse" in answer.json()["error"]["message"]
    assert polite.client.post("/v1/adapters/polite/promote", json={"force": True}).json()["state"] == "serving"


def test_where_nothing_was_promoted_nothing_is_rolled_back(api):
    assert api().client.post("/v1/adapters/rollback").status_code == 409


@pytest.mark.parametrize("name", ["none", "..", "a b", "%00", "x" * 100])
def test_an_adapter_that_is_not_there_is_not_found(api, name):
    assert api().client.get(f"/v1/adapters/{name}").status_code == 404
    assert api().client.post(f"/v1/adapters/{name}/promote").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/polite"), ("POST", "/polite/promote"), ("POST", "/rollback"), ("GET", "/none")],
)
def test_whoever_is_no_administrator_sees_and_changes_nothing(api, polite, method, path):
    answer = api(user="ben", administrator=False).client.request(method, f"/v1/adapters{path}")
    assert answer.status_code == 403
    assert polite.assistant.registry.active() is None

"""What can be asked for by name."""

import pytest

from finetune.registry import Card


def test_what_serves_now_comes_first_and_then_the_base(api):
    told = api().client.get("/v1/models").json()
    assert told["object"] == "list"
    assert [one["id"] for one in told["data"]][:2] == ["apprentice", "tiny"]
    assert {one["object"] for one in told["data"]} == {"model"}


def test_the_folder_of_a_base_is_not_told(api):
    asked = api()
    assert str(asked.assistant.settings.home) not in asked.client.get("/v1/models").text


def test_one_of_them_is_told_by_its_name(api):
    assert api().client.get("/v1/models/tiny").json()["id"] == "tiny"


@pytest.mark.parametrize("name", ["gpt-4o", "a/b", "tiny:none", "%00"])
def test_one_that_is_not_there_is_not_found(api, name):
    answer = api().client.get(f"/v1/models/{name}")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "model_not_found"


def test_adapters_are_listed_that_fit_the_base_and_were_not_withdrawn(api, make_adapter):
    asked = api()
    registry, base = asked.assistant.registry, asked.assistant.engine.serving.base
    for name, of in (("fits", base), ("other", "another base"), ("withdrawn", base)):
        registry.add(name, make_adapter(name), Card(base=of, method="dpo"))
    registry.flag("withdrawn", "worse")
    try:
        names = [one["id"] for one in asked.client.get("/v1/models").json()["data"]]
        assert names == ["apprentice", "tiny", "tiny:fits", "apprentice-embeddings"]
        assert asked.post(model="tiny:withdrawn").status_code == 404
    finally:
        for name in ("fits", "other", "withdrawn"):
            registry.remove(name)

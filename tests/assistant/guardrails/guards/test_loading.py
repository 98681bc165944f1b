import time

import pytest

from assistant.errors import ModelUnavailable
from assistant.guardrails.guards import loading
from assistant.guardrails.guards.loading import load, source
from tests.assistant.guardrails.guards.conftest import GRANITE, STRING


def test_the_family_is_told_by_the_model_itself_not_by_its_folder(make, prompt_guard, llama_guard):
    assert load(str(make("Granite", GRANITE, {"": "Yes"}))).family == "Granite Guardian"
    assert load(str(prompt_guard(["BENIGN", "MALICIOUS"], "MALICIOUS"))).family == "Prompt Guard"
    assert llama_guard({"": "safe"}).family == "Llama Guard"


@pytest.mark.parametrize("name", ["/no/such/folder", "~/no-such-folder", "meta-llama/Llama-Guard-3-8B"])
def test_a_model_that_is_not_here_is_one_line_that_names_it(name):
    with pytest.raises(ModelUnavailable, match="guard model cannot be had") as raised:
        load(name)
    assert "\n" not in str(raised.value)
    assert "no-such-folder" in str(raised.value) or name in str(raised.value)


def test_a_chat_model_is_no_guard_model(make):
    with pytest.raises(ModelUnavailable, match="no guard model that is known here: name a Llama Guard"):
        load(str(make("Llama", STRING.replace("message", "messages[0]"), {"": "Yes"})))


def test_a_damaged_folder_is_one_line(make):
    folder = make("Granite", GRANITE, {"": "Yes"})
    (folder / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelUnavailable):
        load(str(folder))


def test_rails_that_name_the_same_model_share_it(make):
    folder = str(make("Granite", GRANITE, {"": "Yes"}))
    one, other = source(folder), source(folder)
    assert one is other
    assert one.guard() is other.guard()


def test_what_could_not_be_had_is_not_looked_for_with_each_message(monkeypatch):
    asked = []
    monkeypatch.setattr(loading, "load", lambda name: asked.append(name) or load(name))
    missing = source("/no/such/guard")
    for _ in range(3):
        with pytest.raises(ModelUnavailable):
            missing.guard()
    assert len(asked) == 1
    now = time.monotonic()
    monkeypatch.setattr(loading.time, "monotonic", lambda: now + loading.RETRY + 1)
    with pytest.raises(ModelUnavailable):
        missing.guard()
    assert len(asked) == 2

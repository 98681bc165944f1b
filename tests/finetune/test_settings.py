"""What fine-tuning reads of settings, where the chat's model is served by somebody else."""

import pytest

from finetune.errors import BadInput
from finetune.settings import load


@pytest.fixture(autouse=True)
def bare(tmp_path, monkeypatch):
    monkeypatch.setenv("APPRENTICE_HOME", str(tmp_path))
    monkeypatch.delenv("APPRENTICE_MODEL", raising=False)
    return tmp_path


def test_the_model_of_a_server_is_trained_by_its_own_name():
    found = load(model="openai:http://10.0.0.5:8000/v1/#meta-llama/Llama-3.1-8B-Instruct")
    assert (found.server, found.model) == ("http://10.0.0.5:8000/v1", "meta-llama/Llama-3.1-8B-Instruct")


def test_it_may_be_named_in_the_environment_or_in_the_file(bare, monkeypatch):
    (bare / "settings.toml").write_text('[finetune]\nmodel = "openai:http://a/v1#one"\n')
    assert load().model == "one"
    (bare / "settings.toml").unlink()
    monkeypatch.setenv("APPRENTICE_MODEL", "openai:https://b/v1#two")
    assert (load().model, load().server) == ("two", "https://b/v1")


def test_what_an_argument_names_is_no_servers_where_the_environment_names_one(monkeypatch):
    monkeypatch.setenv("APPRENTICE_MODEL", "openai:https://b/v1#two")
    found = load(model="embedded")
    assert (found.model, found.server) == ("embedded", "")


@pytest.mark.parametrize("wrong", ["openai:", "openai:http://a/v1", "openai:#name", "openai:a:8000#name"])
def test_half_a_name_is_refused_with_a_whole_one_to_copy(wrong):
    with pytest.raises(BadInput, match=r"openai:http://127\.0\.0\.1:8000/v1#NAME"):
        load(model=wrong)

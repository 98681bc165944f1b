"""A base is told by what it is made of, and not by its name alone."""

import json
import shutil

from finetune import bases
from finetune.settings import FinetuneSettings


def digest(model, cache):
    return bases.digest(FinetuneSettings(home=cache / "home", cache=cache, model=str(model)))


def test_the_same_model_has_one_digest_wherever_it_stands(tiny_model, tmp_path):
    copy = shutil.copytree(tiny_model, tmp_path / "copy")
    assert digest(tiny_model, tmp_path) == digest(copy, tmp_path) is not None


def test_another_model_under_the_same_name_has_another_digest(tiny_model, tmp_path):
    copy = shutil.copytree(tiny_model, tmp_path / "copy")
    before = digest(copy, tmp_path)
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes() + b"0")
    assert digest(copy, tmp_path) != before


def test_who_saved_a_model_makes_no_difference(tiny_model, tmp_path):
    copy = shutil.copytree(tiny_model, tmp_path / "copy")
    row = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(row | {"transformers_version": "9.9", "_name_or_path": "/elsewhere"}))
    assert digest(copy, tmp_path) == digest(tiny_model, tmp_path)


def test_the_embedded_model_is_told_from_the_plain_one_without_unpacking_either(tmp_path):
    assert digest("embedded", tmp_path) != digest("embedded:plain", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_of_a_model_that_is_not_here_nothing_is_known(tmp_path):
    for model in ("nobody/nothing", str(tmp_path / "none"), "openai:http://127.0.0.1:1/v1#model"):
        assert digest(model, tmp_path) is None

"""The model card tells base, method, counts, figures and licence, and nothing of the people or the machine."""

from dataclasses import replace

import pytest

from finetune import bases
from finetune.registry import Card
from finetune.results import cards


def test_the_card_names_base_method_counts_and_figures(make, settings):
    text = cards.text(make(), "apache-2.0")
    assert 'license: "apache-2.0"' in text
    assert "Kahneman-Tversky" in text
    assert "| up | 1,200 |" in text
    assert "| grounded | 0.40 | 0.40 | 0.40 |" in text
    assert "rests on 7 comparisons" in text


def test_of_the_dataset_and_the_recipe_only_numbers_are_told(make):
    adapter = make()
    told = {"up": 3, "source": "/home/anna/complaints.jsonl", "example": "why is my salary late"}
    card = replace(adapter.card, dataset=told, recipe={"system": "a secret prompt"})
    text = cards.text(replace(adapter, card=card), None)
    assert "anna" not in text
    assert "salary" not in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("base", "named", "relation"),
    [
        ("Qwen/Qwen2.5-7B-Instruct", 'base_model: "Qwen/Qwen2.5-7B-Instruct"', True),
        ("embedded:plain", 'base_model: "HuggingFaceTB/SmolLM2-135M-Instruct"', True),
        ("embedded", "an adapter for it says something else", False),
        ("/srv/models/ours", "ours, taught", False),
    ],
)
def test_a_base_is_named_for_others_and_never_by_where_it_lies(base, named, relation, make):
    adapter = make()
    text = cards.text(replace(adapter, card=Card(base=base, method="sft")), None)
    assert named in text
    assert ("base_model_relation" in text) is relation
    assert "/srv" not in text


def test_the_licence_is_the_one_that_the_base_s_card_names(settings, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "README.md").write_text("---\nlicense: mit\ntags: [a]\n---\nA model.\n")
    here = settings.model_copy(update={"model": str(tmp_path)})
    assert bases.licence(here) == "mit"
    (tmp_path / "README.md").write_text("A model.\n")
    assert bases.licence(here) is None


def test_licence_files_go_along(tmp_path):
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "LICENSE.txt").write_text("terms")
    cards.copy_licence(tmp_path / "base", tmp_path)
    assert (tmp_path / "LICENSE.txt").read_text() == "terms"

"""The settings come from several places, and what is wrong with them is said in a line."""

import pytest

from knowledge.errors import BadInput
from knowledge.settings import load


def test_an_argument_counts_over_the_environment_and_that_over_the_file(tmp_path, monkeypatch):
    (tmp_path / "settings.toml").write_text("[knowledge]\npassages = 5\nreaders = 5\npassage_tokens = 55\n")
    monkeypatch.setenv("APPRENTICE_KNOWLEDGE_PASSAGES", "6")
    monkeypatch.setenv("APPRENTICE_KNOWLEDGE_READERS", "6")
    settings = load(home=tmp_path, passages=7)
    assert (settings.passages, settings.readers, settings.passage_tokens) == (7, 6, 55)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"\xff\xfe", "not valid TOML"),
        (b"[knowledge", "not valid TOML"),
        (b"knowledge = 3", "must be a table"),
        (b"[knowledge]\npassages = 99", "passages: Input should be less"),
        (b"[knowledge]\npasages = 9", "pasages: Extra inputs"),
    ],
)
def test_a_file_that_will_not_do_is_named_with_what_is_wrong(tmp_path, text, said):
    (tmp_path / "settings.toml").write_bytes(text)
    with pytest.raises(BadInput, match=said):
        load(home=tmp_path)


def test_a_folder_in_place_of_the_file_is_told(tmp_path):
    (tmp_path / "settings.toml").mkdir()
    with pytest.raises(BadInput, match="cannot be read"):
        load(home=tmp_path)

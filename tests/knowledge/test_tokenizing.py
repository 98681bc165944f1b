"""A tokenizer from a file finds what the encoder's own finds, and leaves nothing out."""

import pytest
from tokenizers import Tokenizer as Backend
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from knowledge.tokenizing import Tokenizer

TEXTS = ["Parents take up to 26 weeks off.", "", "déjà-vu in Ærøskøbing", "word " * 400]


@pytest.fixture
def backend():
    """One that would cut texts off, and pad them."""
    backend = Backend(WordLevel({"?": 0}, unk_token="?"))
    backend.pre_tokenizer = Whitespace()
    backend.enable_truncation(2)
    backend.enable_padding(length=4)
    return backend


def test_a_tokenizer_from_the_encoders_file_finds_the_same_tokens(encoder):
    assert Tokenizer.load(encoder.tokenizer_file()).offsets(TEXTS) == encoder.tokenize(TEXTS)


def test_nothing_is_cut_off_or_padded(backend, tmp_path):
    backend.save(str(tmp_path / "tokenizer.json"))

    for tokenizer in (Tokenizer(backend), Tokenizer.load(tmp_path / "tokenizer.json")):
        assert tokenizer.offsets(["a b c", "d"]) == [[(0, 1), (2, 3), (4, 5)], [(0, 1)]]


def test_half_a_character_counts_as_one(backend):
    assert Tokenizer(backend).offsets(["a \ud800 b"]) == [[(0, 1), (2, 3), (4, 5)]]

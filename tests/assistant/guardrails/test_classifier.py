import numpy as np
import pytest

from assistant.guardrails.classifier import BUCKETS, NONE, Encoder, Head, terms, windows


@pytest.fixture
def counting():
    """An encoder that counts how many texts it was asked for."""
    asked = []

    def embed(texts):
        asked.extend(texts)
        return [[float(len(text)), 1.0] for text in texts]

    return Encoder(embed), asked


@pytest.fixture
def head():
    """A head that knows one bad word."""
    weights = np.zeros((2, 2 + BUCKETS), dtype=np.float32)
    weights[1, 2 + next(iter(terms("bad")))] = 50.0
    return Head([NONE, "wrong"], np.ones(BUCKETS, np.float32), weights, np.array([1.0, 0.0], np.float32))


def test_a_text_is_embedded_once(counting):
    encoder, asked = counting
    first = encoder(["one", "two", "one"])
    assert np.array_equal(first, encoder(["one", "two", "one"]))
    assert asked == ["one", "two"]


def test_the_highest_window_counts(head, counting):
    text = "good " * 300 + "bad"
    score = head.score(text, counting[0])
    assert score.label == "wrong"
    assert score.value > 0.9
    assert text[score.start : score.end].endswith("bad")


def test_an_empty_text_scores_nothing(head, counting):
    assert head.score(" \n ", counting[0]).value == 0.0


def test_a_stored_head_says_the_same(head, counting, tmp_path):
    head.save(tmp_path / "head.npz")
    again = Head.load(tmp_path / "head.npz")
    assert again.labels == head.labels
    assert again.score("a bad word", counting[0]) == head.score("a bad word", counting[0])


def test_windows_cover_the_whole_text():
    for text in ("", "one", "a b c " * 400, "x" * 5000, " leading and trailing "):
        covered = set()
        for start, end in windows(text):
            covered |= set(range(start, end))
        assert all(i in covered for i, character in enumerate(text) if not character.isspace())


def test_the_windows_of_a_growing_text_stay_what_they_were():
    words = [f"word{number} " for number in range(400)]
    longer = windows("".join(words))
    for cut in (150, 250, 390):
        assert windows("".join(words[:cut]))[:-1] == longer[: len(windows("".join(words[:cut]))) - 1]

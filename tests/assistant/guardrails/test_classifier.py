import numpy as np
import pytest

from assistant.guardrails.classifier import LOOKS, NONE, Head
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.terms import BUCKETS, read
from assistant.guardrails.windows import sentences


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
    bad = 2 + read("bad").words[0]
    weights[1, bad] = 50.0
    glance = np.append(weights[1, 2:], -5.0).astype(np.float32)
    return Head([NONE, "wrong"], np.ones(BUCKETS, np.float32), weights, np.array([1.0, 0.0], np.float32), glance)


def test_the_highest_window_counts(head, counting):
    text = "good " * 300 + "bad"
    score = head.score(text, counting[0])
    assert score.label == "wrong"
    assert score.value > 0.9
    assert text[score.start : score.end].endswith("bad")


def test_one_window_of_many_counts_less_than_a_text_of_its_own(head, counting):
    alone, among = "good " * 99 + "bad", "good " * 900 + "bad"
    assert head.score(alone, counting[0]).value > head.score(among, counting[0]).value > 0.5


def test_the_words_alone_have_a_vote(counting):
    glance = np.zeros(BUCKETS + 1, np.float32)
    glance[read("bad").words[0]] = 50.0
    undecided = np.zeros((2, 2 + BUCKETS), np.float32), np.zeros(2, np.float32)
    head = Head([NONE, "wrong"], np.ones(BUCKETS, np.float32), *undecided, glance)
    assert head.score("bad", counting[0]).value > head.score("good", counting[0]).value


def test_an_empty_text_scores_nothing(head, counting):
    assert head.score(" \n ", counting[0]).value == 0.0


def test_a_stored_head_says_the_same(head, counting, tmp_path):
    head.save(tmp_path / "head.npz")
    again = Head.load(tmp_path / "head.npz")
    assert again.labels == head.labels
    assert again.score("a bad word", counting[0]) == head.score("a bad word", counting[0])


def test_of_a_long_text_only_windows_whose_words_are_suspicious_are_embedded(head, counting):
    encoder, asked = counting
    head.score("good " * 3000, encoder)
    assert asked == []
    head.score("good " * 1000 + "bad " + "good " * 1000 + "bad " + "good " * 50, encoder)
    assert 1 <= len(asked) <= LOOKS


def test_how_suspicious_the_words_of_a_window_must_be_may_be_raised(head, counting):
    encoder, asked = counting
    glance = head._glance.copy()
    glance[-1] = -1.5
    easy = Head(head.labels, head._rarity, np.zeros((2, 2 + BUCKETS), np.float32), head._bias, glance)
    easy.score("good " * 300, encoder, glance=0.3)
    assert not asked
    easy.score("good " * 300, encoder, glance=0.1)
    assert len(asked) == LOOKS


def test_a_text_of_one_window_is_embedded_too_unless_it_is_long_and_its_words_are_not_suspicious(head, counting):
    encoder, asked = counting
    head.score("good " * 80, encoder)
    assert asked == []
    head.score("a good word", encoder)
    head.score("good " * 80 + "bad", encoder)
    assert len(asked) == 2


def test_what_many_windows_say_by_their_words_alone_counts_where_they_are_sure(head, counting):
    encoder, asked = counting
    score = head.score("bad good " * 3000, encoder)
    assert len(asked) <= LOOKS
    assert score.value > 0.9


def test_of_many_sentences_those_are_likeliest_whose_words_are(head):
    text = "One good day here. " * 50 + "One bad day here. " + "One good day here. " * 50
    (start, end), *_ = head.likeliest(read(text), sentences(text))
    assert text[start:end] == " One bad day here."


def test_sentences_of_few_words_are_never_likeliest(head):
    text = "Bad. Bad bad. A bad thing. Bad."
    assert head.likeliest(read(text), sentences(text)) == []


def test_a_short_text_is_always_embedded(head, counting):
    encoder, asked = counting
    head.score("good day", encoder)
    assert asked == ["good day"]

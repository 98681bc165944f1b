import numpy as np

from assistant.guardrails.encoder import Encoder


def counting():
    """Make an encoder that keeps the texts it was asked for."""
    asked = []

    def embed(texts):
        asked.extend(texts)
        return [[float(len(text)), 1.0] for text in texts]

    return Encoder(embed), asked


def test_a_text_is_embedded_once():
    encoder, asked = counting()
    first = encoder(["one", "two", "one"])
    assert np.array_equal(first, encoder(["one", "two", "one"]))
    assert asked == ["one", "two"]


def test_two_texts_with_different_halves_of_a_character_are_two():
    encoder, asked = counting()
    encoder(["\ud800", "\ud801"])
    assert len(asked) == 2


def test_the_words_of_a_text_are_counted_once():
    encoder, _ = counting()
    assert encoder.terms("a word") is encoder.terms("a word")


def test_a_text_is_cut_into_windows_once():
    encoder, _ = counting()
    assert encoder.windows("a word") is encoder.windows("a word")

"""The embedded encoder gives unit vectors, and cuts nothing off in silence."""

import shutil
from threading import Thread

import numpy as np
import pytest

from knowledge.embeddings import Encoder, locate
from knowledge.errors import BadInput, IndexUnavailable


def test_vectors_have_unit_length_and_384_dimensions(encoder):
    vectors = encoder.encode(["one text", "another, longer text of more words"])
    assert vectors.shape == (2, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-3)


def test_related_texts_are_nearer_than_unrelated_ones(encoder):
    about, other = encoder.encode(["Goods can be returned within a month.", "The cellar holds bicycles."])
    question = encoder.encode_query("What is the refund period?")
    assert about @ question > other @ question + 0.2


def test_a_text_that_does_not_fit_is_refused(encoder):
    with pytest.raises(ValueError, match="300 tokens"):
        encoder.encode(["word " * 300])


def test_of_a_long_question_only_the_beginning_counts(encoder):
    assert np.allclose(encoder.encode_query("word " * 254), encoder.encode_query("word " * 254 + "banana " * 90))


def test_batches_and_single_texts_give_the_same_vectors(encoder):
    texts = [f"text number {n} " * (n + 1) for n in range(12)]
    together, alone = encoder.encode(texts), np.stack([encoder.encode_query(text) for text in texts])
    assert (together * alone).sum(axis=1).min() > 0.999


def test_several_threads_may_embed_at_once(encoder):
    found = {}
    threads = [Thread(target=lambda n=n: found.update({n: encoder.encode_query(f"number {n}")})) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.allclose(found[n], encoder.encode_query(f"number {n}"), atol=1e-5) for n in range(6))


def test_a_folder_serves_as_the_embedded_encoder_does(encoder):
    folder, local = locate("embedded")
    assert local
    assert np.allclose(Encoder(folder).encode_query("hello"), encoder.encode_query("hello"), atol=1e-5)


def test_half_a_character_counts_as_a_sign_and_every_offset_stays(encoder):
    text = "Caf\udce9 rules"
    assert encoder.tokenize([text])[0][-1] == (5, 10)
    assert encoder.stretches(text) == [text]
    assert np.allclose(encoder.embed_query(text), encoder.embed_query("Caf? rules"))


def test_a_folder_that_was_copied_by_half_is_refused(tmp_path):
    folder = tmp_path / "encoder"
    shutil.copytree(locate("embedded")[0], folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1_000_000])
    with pytest.raises(IndexUnavailable, match="cannot be loaded"):
        Encoder(str(folder)).embed_query("When does the depot open?")


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no folder"):
        Encoder(str(tmp_path / "missing")).encode_query("x")


def test_a_folder_without_an_encoder_is_refused(tmp_path):
    with pytest.raises(IndexUnavailable, match="cannot be loaded"):
        Encoder(str(tmp_path)).encode_query("x")


def test_the_tokenizers_file_is_written_again_where_it_was_cleared_away(encoder):
    file = encoder.tokenizer_file()
    written = file.read_bytes()
    shutil.rmtree(file.parent)

    assert encoder.tokenizer_file().read_bytes() == written


def test_a_tokenizer_that_cannot_be_written_is_told_of_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))

    with pytest.raises(IndexUnavailable, match="temporary files cannot be written"):
        Encoder("embedded").tokenizer_file()

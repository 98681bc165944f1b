"""The catalogue shows whole documents or none, and keeps the full-text index true to them."""

import numpy as np
import pytest

from knowledge.catalogue import Catalogue, Stored
from knowledge.documents import Document, Location, Passage
from knowledge.errors import IndexUnavailable


def document(name, *, digest="d1", collection="default"):
    return Document(name, name, f"{name}.md", collection, digest, "reading", 0, None, "2026-01-01T00:00:00+00:00")


def stored(name, text):
    passage = Passage(f"{name}:0", name, name, text, 0, len(text), Location(heading="H"))
    return [Stored(passage, "H", np.ones(4, dtype=np.float32) / 2)]


@pytest.fixture
def catalogue(tmp_path):
    catalogue = Catalogue(tmp_path / "catalogue.db")
    yield catalogue
    catalogue.close()


def put(catalogue, name, text, **options):
    catalogue.begin(document(name, **options), f"/{name}.md", f"{name}.md", "1:1")
    return catalogue.finish(name, name, text, stored(name, text))


def test_a_document_that_is_being_read_is_not_found(catalogue):
    catalogue.begin(document("a"), "/a.md", "a.md", "1:1")
    assert catalogue.match('"seal"', 10) == []
    assert catalogue.finish("a", "A", "The seal.", stored("a", "The seal.")).state == "ready"
    assert catalogue.match('"seal"', 10) == ["a:0"]


def test_words_are_found_by_their_stems(catalogue):
    put(catalogue, "a", "Refunds are paid weekly.")
    assert catalogue.match('"refund"', 10) == ["a:0"]


def test_a_removed_document_leaves_no_word_in_the_full_text_index(catalogue):
    put(catalogue, "a", "The seal.")
    assert catalogue.remove("a")
    assert catalogue.match('"seal"', 10) == []
    assert catalogue.problems() == []


def test_the_second_of_two_with_the_same_bytes_gives_way(catalogue):
    catalogue.begin(document("b"), "/b.md", "f", "1:1")
    put(catalogue, "a", "The seal.")
    assert catalogue.finish("b", "B", "The seal.", stored("b", "The seal.")).id == "a"
    assert [d.id for d in catalogue.documents()] == ["a"]


def test_a_failed_transaction_changes_nothing(catalogue):
    catalogue.begin(document("a"), "/a.md", "f", "1:1")
    twice = stored("a", "The seal.") * 2
    with pytest.raises(IndexUnavailable):
        catalogue.finish("a", "A", "The seal.", twice)
    assert [d.state for d in catalogue.documents()] == ["reading"]
    assert catalogue.match('"seal"', 10) == []


def test_search_can_be_kept_to_collections(catalogue):
    put(catalogue, "a", "The seal.")
    put(catalogue, "b", "The seal again.", digest="d2", collection="other")
    assert catalogue.match('"seal"', 10, ["other"]) == ["b:0"]


def test_a_vector_comes_back_as_it_was_put_in(catalogue):
    put(catalogue, "a", "The seal.")
    assert catalogue.fetch(["a:0"])["a:0"].vector.tolist() == [0.5] * 4


def test_a_file_that_is_no_database_is_told_in_one_line(tmp_path):
    (tmp_path / "catalogue.db").write_bytes(b"not a database" * 100)
    with pytest.raises(IndexUnavailable, match="cannot be used"):
        Catalogue(tmp_path / "catalogue.db")

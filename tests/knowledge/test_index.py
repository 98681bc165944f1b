"""Vectors are found by everyone who has the folder open, whoever wrote them."""

import multiprocessing

import numpy as np
import pytest

from knowledge.errors import IndexUnavailable
from knowledge.index import Index


def vector(number):
    values = np.random.default_rng(number).normal(size=384).astype(np.float32)
    return values / np.linalg.norm(values)


def put(index, first, count, collection="default"):
    numbers = range(first, first + count)
    index.add([f"p{n}" for n in numbers], np.stack([vector(n) for n in numbers]), f"d{first}", collection)


def put_from_elsewhere(folder, first, count):
    for start in range(first, first + count, 100):
        put(Index(folder), start, 100)


def missed(index, numbers):
    return [n for n in numbers if index.search(vector(n), 1) != [f"p{n}"]]


def test_the_nearest_passages_come_first(tmp_path):
    index = Index(tmp_path)
    put(index, 0, 20)
    assert index.search(vector(7), 3)[0] == "p7"


def test_a_removed_document_has_no_vectors(tmp_path):
    index = Index(tmp_path)
    put(index, 0, 5)
    put(index, 5, 5)
    index.remove("d0")
    assert index.ids() == {"p5", "p6", "p7", "p8", "p9"}


def test_search_can_be_kept_to_collections(tmp_path):
    index = Index(tmp_path)
    put(index, 0, 5)
    put(index, 5, 1, "other")
    assert index.search(vector(0), 3, ["other"]) == ["p5"]


def test_two_at_one_folder_see_what_the_other_wrote(tmp_path):
    one, other = Index(tmp_path), Index(tmp_path)
    put(one, 0, 5)
    put(other, 10, 5)
    put(one, 20, 5)
    assert missed(one, [0, 10, 20]) == missed(other, [0, 10, 20]) == []


def test_processes_that_write_at_once_lose_nothing(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=put_from_elsewhere, args=(tmp_path, first, 600)) for first in (10_000, 20_000)]
    for writer in writers:
        writer.start()
    index = Index(tmp_path)
    for start in range(0, 600, 100):
        put(index, start, 100)
    for writer in writers:
        writer.join()
    numbers = [n for first in (0, 10_000, 20_000) for n in range(first, first + 600, 20)]
    assert len(index.ids()) == 1800
    assert missed(index, numbers) == []


def test_a_damaged_index_says_how_to_mend_it(tmp_path):
    index = Index(tmp_path)
    put(index, 0, 5)
    index.close()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"no database" * 1000)
    with pytest.raises(IndexUnavailable, match="verify --repair"):
        index.search(vector(0), 1)


def test_a_cleared_index_can_be_filled_anew(tmp_path):
    index = Index(tmp_path)
    put(index, 0, 5)
    index.clear()
    put(index, 5, 5)
    assert index.ids() == {"p5", "p6", "p7", "p8", "p9"}

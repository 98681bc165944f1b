"""Vectors are found by everyone who has the folder open, or asks the server, whoever wrote them."""

import time
from threading import Thread

import numpy as np
import pytest

from knowledge.errors import BadInput, IndexUnavailable
from knowledge.index import Index
from tests.knowledge import killed


def vector(number, width=384):
    values = np.random.default_rng(number).normal(size=width).astype(np.float32)
    return values / np.linalg.norm(values)


def put(index, first, count, collection="default", generation=1):
    numbers = range(first, first + count)
    vectors = np.stack([vector(n) for n in numbers])
    index.add(generation, collection, f"d{first}", [f"p{n}" for n in numbers], vectors)


def put_from_elsewhere(folder, url, first, count):
    for start in range(first, first + count, 100):
        put(Index(folder, url), start, 100)


def nearest(index, number, count=1, collections=("default",), **options):
    return [name for name, _ in index.search(1, vector(number), count, collections, **options)]


def missed(index, numbers):
    return [n for n in numbers if nearest(index, n) != [f"p{n}"]]


@pytest.fixture
def index(tmp_path, chroma_url):
    index = Index(tmp_path, chroma_url)
    index.clear()
    yield index
    index.close()


def test_the_nearest_passages_come_first_with_their_cosines(index):
    put(index, 0, 20)
    (first, cosine), (_, other), _ = index.search(1, vector(7), 3, ["default"])
    assert first == "p7"
    assert cosine == pytest.approx(1, abs=1e-5)
    assert other < 0.5


def test_the_nearest_are_those_that_an_exact_search_finds(index):
    put(index, 0, 600)
    vectors = np.stack([vector(n) for n in range(600)])
    for asked in range(1000, 1010):
        exact = [f"p{n}" for n in np.argsort(-(vectors @ vector(asked)))[:5]]
        assert nearest(index, asked, 5) == exact


def test_a_removed_document_has_no_vectors_in_any_generation(index):
    put(index, 0, 5)
    put(index, 0, 5, generation=2)
    put(index, 5, 5, "other")
    index.remove("d0")
    assert index.ids(1) == {"p5", "p6", "p7", "p8", "p9"}
    assert index.ids(2) == set()


def test_search_can_be_kept_to_collections_and_documents(index):
    put(index, 0, 5)
    put(index, 5, 1, "other")
    put(index, 6, 1, "other")
    assert nearest(index, 5, 3, ["other"]) == ["p5", "p6"]
    assert nearest(index, 6, 3, ["other", "default"])[0] == "p6"
    assert nearest(index, 5, 3, ["other", "default"], documents=["d6"]) == ["p6"]
    assert nearest(index, 5, 3, ["nowhere"]) == nearest(index, 5, 3, []) == []
    assert nearest(index, 5, 3, documents=[]) == []


def test_generations_have_vectors_of_their_own_and_can_be_dropped(index):
    put(index, 0, 5)
    index.add(2, "default", "d0", ["p0"], np.stack([vector(0, width=16)]))
    assert [name for name, _ in index.search(2, vector(0, width=16), 3, ["default"])] == ["p0"]
    assert index.generations() == {1, 2}
    index.drop(1)
    assert (index.ids(1), index.ids(2), index.generations()) == (set(), {"p0"}, {2})


def test_two_of_one_place_see_what_the_other_wrote(index, tmp_path, chroma_url):
    other = Index(tmp_path, chroma_url)
    put(index, 0, 5)
    put(other, 10, 5)
    put(index, 20, 5)
    assert missed(index, [0, 10, 20]) == missed(other, [0, 10, 20]) == []
    other.clear()
    assert nearest(index, 0) == []
    put(other, 30, 5)
    assert missed(index, [30]) == []
    other.close()


def test_processes_that_write_at_once_lose_nothing(index, tmp_path, chroma_url):
    writers = [
        killed.forked().Process(target=put_from_elsewhere, args=(tmp_path, chroma_url, first, 200))
        for first in (10_000, 20_000)
    ]
    for writer in writers:
        writer.start()
    for start in range(0, 200, 100):
        put(index, start, 100)
    for writer in writers:
        writer.join()
    numbers = [n for first in (0, 10_000, 20_000) for n in range(first, first + 200, 20)]
    assert len(index.ids(1)) == 600
    assert missed(index, numbers) == []


def test_a_search_need_not_wait_for_a_long_writing_to_end(index):
    put(index, 0, 50)
    writer = Thread(target=put, args=(index, 1000, 1500))
    writer.start()
    searches = 0
    while writer.is_alive():
        assert nearest(index, 7) == ["p7"]
        searches += 1
        time.sleep(0.01)
    assert searches > 5


def test_a_damaged_index_says_how_to_mend_it(tmp_path):
    index = Index(tmp_path)
    put(index, 0, 5)
    index.close()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"no database" * 1000)
    with pytest.raises(IndexUnavailable, match="verify --repair"):
        nearest(index, 0)


def test_a_server_that_is_not_there_is_told_in_one_line(tmp_path):
    with pytest.raises(IndexUnavailable, match="see that the server runs"):
        nearest(Index(tmp_path, "http://127.0.0.1:9"), 0)


def test_a_url_of_another_kind_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no URL of a Chroma server"):
        Index(tmp_path, "localhost:8000")


def test_a_cleared_index_can_be_filled_anew(index):
    put(index, 0, 5)
    index.clear()
    put(index, 5, 5)
    assert index.ids(1) == {"p5", "p6", "p7", "p8", "p9"}

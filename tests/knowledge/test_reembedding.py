"""Another encoder is built beside the one that serves, and takes its place when it is complete."""

import numpy as np
import pytest

from knowledge.catalogue.catalogue import Catalogue
from knowledge.catalogue.rows import Stored
from knowledge.documents import Content, Document, Location, Passage
from knowledge.index import Index
from knowledge.reembedding import reembed, sweep
from knowledge.verification import verify
from tests.knowledge.doubles import TOKENS, HashingEncoder

OLD, NEW = HashingEncoder("old", 32), HashingEncoder("new", 16)


@pytest.fixture
def originals(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    return folder


@pytest.fixture
def catalogue(catalogue_url):
    catalogue = Catalogue(catalogue_url)
    catalogue.serving("old")
    yield catalogue
    catalogue.close()


@pytest.fixture
def index(tmp_path):
    index = Index(tmp_path / "index")
    yield index
    index.close()


def put(catalogue, index, name, *texts, quarantined=False):
    generation = catalogue.serving()
    catalogue.begin(Document(name, name, name, "default", name, "reading", 0, None, "2026-01-01"), name, "", "1:1")
    whole, stored, vectors = "\n".join(texts), [], OLD.encode([" ".join(text.split()[:TOKENS]) for text in texts])
    for number, (text, vector) in enumerate(zip(texts, vectors, strict=True)):
        start = whole.index(text)
        passage = Passage(f"{name}:{number}", name, name, text, start, start + len(text), Location())
        stored.append(Stored(passage, "", vector))
    index.add(generation.id, "default", name, [s.passage.id for s in stored], vectors)
    return catalogue.finish(name, name, Content(whole, ()), stored, quarantined=quarantined)


def nearest(catalogue, index, encoder, text):
    return index.search(catalogue.serving().id, encoder.encode_query(text), 1, ["default"])[0][0]


def disagreements(catalogue, index, originals):
    return [problem for problem in verify(catalogue, index, originals).problems if "the file of" not in problem]


def test_all_passages_are_found_by_the_new_encoder_and_nothing_of_the_old_is_left(catalogue, index, originals):
    put(catalogue, index, "a", "the red seal", "the green key")
    put(catalogue, index, "b", "the blue door", quarantined=True)
    shares = []
    new = reembed(catalogue, index, "new", NEW, shares.append)
    assert catalogue.serving() == new
    assert nearest(catalogue, index, NEW, "the green key") == "a:1"
    assert shares[-1] == 1
    assert index.generations() == {new.id}
    assert catalogue.dropped() == []
    assert disagreements(catalogue, index, originals) == []


def test_the_old_encoder_serves_until_the_new_one_is_complete(catalogue, index):
    for number in range(3):
        put(catalogue, index, f"d{number}", *(f"the key of room number {number}{n:02}." for n in range(100)))
    seen = []

    def look(share):
        if share < 1:
            seen.append((catalogue.serving().encoder, nearest(catalogue, index, OLD, "the key of room number 107.")))

    reembed(catalogue, index, "new", NEW, look)
    assert seen[0] == ("old", "d1:7")
    assert catalogue.serving().encoder == "new"


def test_a_reembedding_that_was_stopped_goes_on_where_it_was(catalogue, index, originals):
    for number in range(3):
        put(catalogue, index, f"d{number}", *(f"the key of room number {number}{n:02}." for n in range(100)))

    def stop(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reembed(catalogue, index, "new", NEW, stop)
    assert catalogue.serving().encoder == "old"
    assert disagreements(catalogue, index, originals) == []
    building = catalogue.building()
    embedded = []
    encode = NEW.encode

    class Counting(HashingEncoder):
        def encode(self, texts, on_progress=None):
            embedded.extend(texts)
            return encode(texts)

    assert reembed(catalogue, index, "new", Counting("new", 16)) == building
    assert 0 < len(embedded) < 300
    assert disagreements(catalogue, index, originals) == []


def test_documents_that_come_in_meanwhile_are_embedded_too(catalogue, index, originals):
    put(catalogue, index, "a", "the red seal")
    came = []

    def come(share):
        if not came:
            came.append(put(catalogue, index, "b", "the green key"))

    class Slow(HashingEncoder):
        def encode(self, texts, on_progress=None):
            come(0)
            return super().encode(texts)

    reembed(catalogue, index, "new", Slow("new", 16))
    assert came[0].state == "ready"
    assert nearest(catalogue, index, NEW, "the green key") == "b:0"
    assert disagreements(catalogue, index, originals) == []


def test_a_document_that_is_removed_meanwhile_leaves_no_vector(catalogue, index, originals):
    put(catalogue, index, "a", "the red seal")
    put(catalogue, index, "b", "the green key")

    class Removing(HashingEncoder):
        def encode(self, texts, on_progress=None):
            if catalogue.remove("b"):
                index.remove("b")
                catalogue.cleared("b", originals)
            return super().encode(texts)

    new = reembed(catalogue, index, "new", Removing("new", 16))
    assert index.ids(new.id) == {"a:0"}
    assert disagreements(catalogue, index, originals) == []


def test_what_a_broken_reembedding_left_for_documents_that_are_gone_is_swept(catalogue, index, originals):
    put(catalogue, index, "a", "the red seal")
    building = catalogue.begin_generation("new")
    index.add(building.id, "default", "gone", ["gone:0"], NEW.encode(["x"]))
    sweep(catalogue, index)
    assert index.ids(building.id) == set()


def test_a_passage_that_is_too_long_for_the_new_encoder_is_the_mean_of_its_stretches(catalogue, index):
    long = " ".join(f"word{number}" for number in range(3 * TOKENS))
    put(catalogue, index, "a", long)
    reembed(catalogue, index, "new", NEW)
    mean = NEW.encode(NEW.stretches(long)).mean(axis=0)
    kept = catalogue.vectors(["a:0"])["a:0"]
    assert np.linalg.norm(kept) == pytest.approx(1, abs=1e-5)
    assert kept @ (mean / np.linalg.norm(mean)) == pytest.approx(1, abs=1e-5)


def test_back_to_the_encoder_that_serves_gives_up_the_other(catalogue, index, originals):
    put(catalogue, index, "a", "the red seal")
    building = catalogue.begin_generation("new")
    index.add(building.id, "default", "a", ["a:0"], NEW.encode(["the red seal"]))
    assert reembed(catalogue, index, "old", OLD).encoder == "old"
    assert index.generations() == {catalogue.serving().id}
    assert disagreements(catalogue, index, originals) == []

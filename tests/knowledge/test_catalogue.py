"""The catalogue shows whole documents or none, and keeps the full-text index true to them."""

import sqlite3

import numpy as np
import pytest

from knowledge.catalogue.catalogue import Catalogue
from knowledge.catalogue.rows import Stored
from knowledge.catalogue.words import choose
from knowledge.documents import Anchor, Collection, Content, Document, Location, Passage
from knowledge.errors import BadInput, IndexUnavailable

OLD = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, source TEXT NOT NULL, origin TEXT NOT NULL, collection TEXT NOT NULL,
    digest TEXT NOT NULL, file TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('reading', 'ready', 'failed')),
    reason TEXT, added_at TEXT NOT NULL, owner TEXT NOT NULL, text TEXT NOT NULL DEFAULT ''
);
CREATE INDEX documents_by_digest ON documents (collection, digest);
CREATE INDEX documents_by_origin ON documents (collection, origin);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, location TEXT NOT NULL, lead TEXT NOT NULL, text TEXT NOT NULL,
    vector BLOB NOT NULL
);
CREATE INDEX passages_by_document ON passages (document_id);
CREATE VIRTUAL TABLE passages_fts USING fts5 (
    lead, text, content = 'passages', content_rowid = 'number', tokenize = 'porter unicode61'
);
CREATE TRIGGER passage_added AFTER INSERT ON passages BEGIN
    INSERT INTO passages_fts (rowid, lead, text) VALUES (new.number, new.lead, new.text);
END;
CREATE TRIGGER passage_removed AFTER DELETE ON passages BEGIN
    INSERT INTO passages_fts (passages_fts, rowid, lead, text) VALUES ('delete', old.number, old.lead, old.text);
END;
CREATE TABLE removals (document_id TEXT PRIMARY KEY, file TEXT NOT NULL);
CREATE TRIGGER document_removed AFTER DELETE ON documents BEGIN
    INSERT OR REPLACE INTO removals (document_id, file) VALUES (old.id, old.file);
END;
INSERT INTO facts VALUES ('embedding', 'embedded'), ('other', 'kept');
INSERT INTO documents VALUES
    ('a', 'Rules', 'rules.md', '/rules.md', 'staff', 'd1', 'd1.md', 'ready', NULL, '2026-01-01', '', 'The red seal.'),
    ('b', 'bad.pdf', 'bad.pdf', '/bad.pdf', 'default', 'd2', 'd2.pdf', 'failed', 'it is damaged', '2026-01-02', '', ''),
    ('c', 'half.md', 'half.md', '/half.md', 'default', 'd3', 'd3.md', 'reading', NULL, '2026-01-03', '1:1', '');
INSERT INTO removals VALUES ('gone', 'gone.md');
"""


def document(name, *, digest="d1", collection="default"):
    return Document(name, name, f"{name}.md", collection, digest, "reading", 0, None, "2026-01-01T00:00:00+00:00")


def stored(name, text):
    passage = Passage(f"{name}:0", name, name, text, 0, len(text), Location(heading="H"))
    return [Stored(passage, "H", np.ones(4, dtype=np.float32) / 2)]


def content(text, **options):
    return Content(text, (), **options)


@pytest.fixture
def catalogue(catalogue_url):
    catalogue = Catalogue(catalogue_url)
    catalogue.serving("embedded")
    yield catalogue
    catalogue.close()


def put(catalogue, name, text, *, origin=None, quarantined=False, **options):
    catalogue.begin(document(name, **options), origin or f"/{name}.md", f"{name}.md", "1:1")
    return catalogue.finish(name, name, content(text), stored(name, text), quarantined=quarantined)


def found(catalogue, *words, **options):
    return [name for name, _ in catalogue.match(words, 10, **options)]


def test_a_document_that_is_being_read_is_not_found(catalogue):
    catalogue.begin(document("a"), "/a.md", "a.md", "1:1")
    assert found(catalogue, "seal") == []
    assert catalogue.finish("a", "A", content("The seal."), stored("a", "The seal.")).state == "ready"
    assert found(catalogue, "seal") == ["a:0"]


def test_words_are_found_by_their_stems(catalogue):
    put(catalogue, "a", "Refunds are paid weekly.")
    assert found(catalogue, "refund") == ["a:0"]


def test_it_is_counted_in_how_many_passages_a_word_is(catalogue):
    put(catalogue, "a", "Refunds are paid weekly.")
    put(catalogue, "b", "A refund of the deposit.", digest="d2")
    assert catalogue.frequencies(["refund", "deposit", "zebra"]) == (2, {"refund": 2, "deposit": 1, "zebra": 0})


def test_the_better_match_comes_first_with_the_higher_score(catalogue):
    put(catalogue, "a", "The red seal of the company is kept in the office, beside a green one and a list of keys.")
    put(catalogue, "b", "A red seal.", digest="d2")
    put(catalogue, "c", "The stairs.", digest="d3")
    put(catalogue, "d", "The cellar.", digest="d4")
    put(catalogue, "e", "The garden.", digest="d5")
    (first, high), (second, low) = catalogue.match(["red", "seal"], 10)
    assert (first, second) == ("b:0", "a:0")
    assert high > low > 0


def test_common_words_are_left_out_where_rarer_ones_are_asked_for():
    assert choose({"the": 90_000, "seal": 4_000, "zx81": 3, "of": 80_000, "nothing": 0}) == ["zx81", "seal"]


def test_every_word_counts_among_a_few_thousand_passages():
    assert sorted(choose({"the": 900, "seal": 400, "key": 300})) == ["key", "seal", "the"]


def test_the_rarest_word_is_looked_for_though_it_is_common_and_a_second_where_both_are_not_too_common():
    assert choose({"the": 90_000, "of": 80_000, "team": 50_000}) == ["team"]
    assert choose({"the": 90_000, "team": 5_000, "seal": 4_500}) == ["seal", "team"]


def test_a_removed_document_leaves_no_word_in_the_full_text_index(catalogue):
    put(catalogue, "a", "The seal.")
    assert catalogue.remove("a")
    assert found(catalogue, "seal") == []
    assert catalogue.problems() == []


def test_the_second_of_two_with_the_same_bytes_gives_way(catalogue):
    catalogue.begin(document("b"), "/b.md", "f", "1:1")
    put(catalogue, "a", "The seal.")
    assert catalogue.finish("b", "B", content("The seal."), stored("b", "The seal.")).id == "a"
    assert [d.id for d in catalogue.documents()] == ["a"]


def test_the_second_of_two_with_the_same_bytes_takes_its_older_version_along(catalogue):
    put(catalogue, "old", "The blue seal.", origin="/b.md", digest="d0")
    catalogue.begin(document("b"), "/b.md", "b.md", "1:1")
    put(catalogue, "a", "The red seal.")  # was first with the same bytes
    assert catalogue.finish("b", "b", content("The red seal."), stored("b", "The red seal.")).id == "a"
    assert [d.id for d in catalogue.documents()] == ["a"]
    assert found(catalogue, "blue") == []


def test_a_failed_transaction_changes_nothing(catalogue):
    catalogue.begin(document("a"), "/a.md", "f", "1:1")
    twice = stored("a", "The seal.") * 2
    with pytest.raises(IndexUnavailable):
        catalogue.finish("a", "A", content("The seal."), twice)
    assert [d.state for d in catalogue.documents()] == ["reading"]
    assert found(catalogue, "seal") == []


def test_search_can_be_kept_to_collections_and_documents(catalogue):
    put(catalogue, "a", "The seal.")
    put(catalogue, "b", "The seal again.", digest="d2", collection="other")
    put(catalogue, "c", "The seal once more.", digest="d3", collection="other")
    assert sorted(found(catalogue, "seal", collections=["other"])) == ["b:0", "c:0"]
    assert found(catalogue, "seal", documents=["c"]) == ["c:0"]
    assert found(catalogue, "seal", collections=["default"], documents=["c"]) == []
    assert found(catalogue, "seal", collections=["nowhere"]) == found(catalogue, "seal", collections=[]) == []
    assert set(catalogue.fetch(["a:0", "b:0", "c:0"], ["other"], ["b"])) == {"b:0"}


def test_a_vector_comes_back_as_it_was_put_in(catalogue):
    put(catalogue, "a", "The seal.")
    assert catalogue.fetch(["a:0"])["a:0"].vector.tolist() == [0.5] * 4
    assert catalogue.vectors(["a:0", "b:0"])["a:0"].tolist() == [0.5] * 4


def test_what_a_database_cannot_hold_is_replaced_and_every_offset_stays(catalogue):
    text = "A\0B \ud800 seal"
    put(catalogue, "a", text)
    assert len(catalogue.text("a")) == len(text)
    assert catalogue.passages("a")[0].passage.text == catalogue.text("a")


def test_anchors_notes_and_the_original_come_back(catalogue):
    anchors = (Anchor(0, 4, (0.1, 0.2, 0.3, 0.4)), Anchor(4, 9, row=7))
    catalogue.begin(document("a"), "/a.md", "d1.md", "1:1")
    read = content("The seal.", anchors=anchors, notes=("b.pdf: it is encrypted: give the password",))
    ready = catalogue.finish("a", "A", read, stored("a", "The seal."))
    assert tuple(catalogue.anchors("a")) == anchors
    assert ready.reason == "b.pdf: it is encrypted: give the password"
    assert catalogue.file("a") == "d1.md"


def test_a_collection_has_an_owner_and_readers(catalogue):
    put(catalogue, "a", "The seal.", collection="staff")
    assert catalogue.collection("staff") == Collection("staff")
    catalogue.put_collection(Collection("staff", "ada", ("bob",)))
    catalogue.put_collection(Collection("empty", "ada", ()))
    assert catalogue.collections() == [Collection("empty", "ada", ()), Collection("staff", "ada", ("bob",))]
    assert catalogue.filled() == {"staff"}


def test_only_an_empty_collection_can_be_removed(catalogue):
    put(catalogue, "a", "The seal.")
    assert not catalogue.remove_collection("default")
    catalogue.remove("a")
    assert catalogue.remove_collection("default")
    assert catalogue.collections() == []


def test_a_quarantined_document_is_not_found_and_its_older_version_serves_on(catalogue):
    put(catalogue, "a", "The old seal.", origin="/x.md")
    newer = put(catalogue, "b", "The new seal.", digest="d2", origin="/x.md", quarantined=True)
    assert (newer.state, found(catalogue, "seal")) == ("quarantined", ["a:0"])
    assert catalogue.fetch(["a:0", "b:0"]).keys() == {"a:0"}
    assert catalogue.find("default", "d2") == newer
    catalogue.settle("b", "/x.md")
    assert found(catalogue, "seal") == ["a:0"]
    assert catalogue.problems() == []


def test_a_released_document_replaces_its_older_version_and_tells_who_released_it(catalogue):
    put(catalogue, "a", "The old seal.", origin="/x.md")
    put(catalogue, "b", "The new seal.", digest="d2", origin="/x.md", quarantined=True)
    assert catalogue.release("b", "ada").state == "ready"
    assert found(catalogue, "seal") == ["b:0"]
    assert [d.id for d in catalogue.documents()] == ["b"]
    assert catalogue.released("b")[0] == "ada"
    assert catalogue.problems() == []
    with pytest.raises(BadInput, match="not in quarantine"):
        catalogue.release("b", "ada")


def test_origins_are_listed_by_their_folder_and_nothing_in_it_is_a_pattern(catalogue):
    for number, origin in enumerate(("/a_b/x.md", "/a_b/c/y.md", "/aXb/z.md", "/a_bc/w.md", "/A_B/v.md")):
        put(catalogue, f"n{number}", "The seal.", digest=f"d{number}", origin=origin)
    assert [row[1:] for row in catalogue.origins("default", "/a_b")] == [
        ("/a_b/x.md", "d0", "ready"),
        ("/a_b/c/y.md", "d1", "ready"),
    ]


def test_a_name_that_is_no_utf_8_is_kept_with_a_sign_and_found_by_it(catalogue):
    put(catalogue, "a", "The seal.", origin="/d\udcff/a.md")
    assert [row[0] for row in catalogue.origins("default", "/d\udcff")] == ["a"]
    with pytest.raises(BadInput, match="UTF-8"):
        catalogue.document("\udcff")


def test_a_moved_document_takes_the_place_of_what_was_there(catalogue):
    put(catalogue, "a", "The seal.", origin="/a.md")
    put(catalogue, "b", "The key.", digest="d2", origin="/b.md")
    catalogue.move("a", "/b.md", "b.md")
    assert [(d.id, d.source) for d in catalogue.documents()] == [("a", "b.md")]


def test_facts_are_set_once_or_anew(catalogue):
    assert catalogue.fact("threshold:x", "1") == "1"
    assert catalogue.fact("threshold:x", "2") == "1"
    catalogue.set_fact("threshold:x", "3")
    assert catalogue.facts("threshold:") == {"threshold:x": "3"}


def test_a_generation_serves_only_when_no_passage_lacks_its_vector(catalogue):
    put(catalogue, "a", "The seal.")
    old = catalogue.serving()
    new = catalogue.begin_generation("another")
    assert (catalogue.serving(), catalogue.building()) == (old, new)
    assert not catalogue.switch(new.id)
    pending = catalogue.unembedded(new.id, 10)
    assert [(p.id, p.document_id, p.lead, p.text) for p in pending] == [("a:0", "a", "H", "The seal.")]
    assert catalogue.put_vectors(new.id, ["a:0", "gone:0"], np.zeros((2, 3), dtype=np.float32)) == {"a:0"}
    assert catalogue.switch(new.id)
    assert (catalogue.serving(), catalogue.building(), catalogue.dropped()) == (new, None, [old.id])
    assert catalogue.vectors(["a:0"])["a:0"].shape == (3,)
    catalogue.forget(old.id)
    assert catalogue.dropped() == []
    assert catalogue.problems() == []


def test_another_encoder_gives_up_the_generation_that_was_being_built(catalogue):
    first = catalogue.begin_generation("one")
    assert catalogue.begin_generation("one") == first
    second = catalogue.begin_generation("two")
    assert (catalogue.building(), catalogue.dropped()) == (second, [first.id])
    assert catalogue.begin_generation("embedded") == catalogue.serving()
    assert catalogue.building() is None


def test_vectors_of_an_encoder_that_serves_no_more_are_refused(catalogue):
    old = catalogue.serving()
    catalogue.begin(document("a"), "/a.md", "a.md", "1:1", old.id)
    catalogue.switch(catalogue.begin_generation("another").id)
    with pytest.raises(IndexUnavailable, match="encoder was changed"):
        catalogue.finish("a", "A", content("The seal."), stored("a", "The seal."))
    assert catalogue.document("a").state == "reading"


def test_a_catalogue_of_the_first_release_is_brought_up_to_date_without_loss(tmp_path):
    file = tmp_path / "catalogue.db"
    vector = np.arange(4, dtype="<f4")
    with sqlite3.connect(file) as database:
        database.executescript(OLD)
        database.execute(
            "INSERT INTO passages VALUES (7, 'a:0', 'a', 0, 13, '{\"page\": 2}', 'Rules', 'The red seal.', ?)",
            (vector.tobytes(),),
        )
    database.close()
    for _ in range(2):
        catalogue = Catalogue(f"sqlite:///{file}")
        assert [(d.id, d.state, d.passages, d.reason) for d in catalogue.documents()] == [
            ("a", "ready", 1, None),
            ("b", "failed", 0, "it is damaged"),
            ("c", "reading", 0, None),
        ]
        assert catalogue.text("a") == "The red seal."
        assert catalogue.passages("a")[0].passage.location == Location(page=2)
        assert catalogue.passages("a")[0].vector.tolist() == [0, 1, 2, 3]
        assert found(catalogue, "seals") == ["a:0"]
        assert catalogue.serving("other").encoder == "embedded"
        assert catalogue.facts() == {"other": "kept"}
        assert catalogue.removals() == ["gone"]
        assert catalogue.collections() == [Collection("default"), Collection("staff")]
        assert catalogue.problems() == []
        catalogue.close()
    catalogue = Catalogue(f"sqlite:///{file}")
    assert catalogue.remove("a")
    assert sorted(catalogue.removals()) == ["a", "gone"]
    assert found(catalogue, "seals") == []
    assert catalogue.problems() == []
    catalogue.close()


def test_a_catalogue_of_a_later_version_is_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / "catalogue.db") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(IndexUnavailable, match="later version"):
        Catalogue(f"sqlite:///{tmp_path / 'catalogue.db'}")


def test_a_file_that_is_no_database_is_told_in_one_line(tmp_path):
    (tmp_path / "catalogue.db").write_bytes(b"not a database" * 100)
    with pytest.raises(IndexUnavailable, match="cannot be used"):
        Catalogue(f"sqlite:///{tmp_path / 'catalogue.db'}")


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(IndexUnavailable, match="cannot be made"):
        Catalogue(f"sqlite:///{tmp_path / 'file' / 'catalogue.db'}")


@pytest.mark.parametrize(
    "url", ["", "catalogue.db", "mysql://host/name", "sqlite://", "postgresql://", "postgresql://me:secret@host:x/name"]
)
def test_a_url_of_another_kind_is_refused(url):
    with pytest.raises(BadInput, match="no URL of a catalogue"):
        Catalogue(url)

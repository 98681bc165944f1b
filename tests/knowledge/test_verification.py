"""What does not agree is found, and mended where it can be."""

import sqlite3

from knowledge.library import Library


def test_nothing_is_wrong_with_what_was_only_added(library, one_of_each):
    for file in one_of_each:
        library.add(file)
    report = library.verify()
    assert (report.documents, report.problems) == (5, ())


def test_lost_vectors_are_found_and_mended(library, handbook):
    added = library.add(handbook)
    library._index.remove(added.id)
    assert "no vector" in library.verify().problems[0]
    assert library.verify(repair=True).problems == ()
    assert library.search("How long is parental leave?", parts="dense")[0].location.heading == "Leave > Parental leave"


def test_a_damaged_index_is_mended(settings, encoder, handbook):
    library = Library(settings, encoder)
    library.add(handbook)
    library.close()
    (settings.folder / "index" / "chroma" / "chroma.sqlite3").write_bytes(b"no database" * 1000)
    library = Library(settings, encoder)
    assert len(library.verify().problems) == 1
    assert library.verify(repair=True).problems == ()
    assert library.search("How long is parental leave?", parts="dense") != []
    library.close()


def test_a_changed_original_is_found(library, settings, handbook):
    added = library.add(handbook)
    (settings.folder / "documents" / f"{added.digest}.md").write_text("changed")
    assert "was changed" in library.verify().problems[0]


def test_a_changed_passage_is_found(library, settings, handbook):
    library.add(handbook)
    with sqlite3.connect(settings.folder / "catalogue.db") as database:
        database.execute("UPDATE texts SET text = 'x' || text")
    assert any("is not the text" in problem for problem in library.verify().problems)

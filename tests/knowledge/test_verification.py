"""What does not agree is found, and mended where it can be."""

import signal
import sqlite3
from threading import Event, Thread

import pytest

from knowledge.errors import IndexUnavailable
from knowledge.index import Index
from knowledge.library import Library
from knowledge.settings import KnowledgeSettings
from tests.knowledge import killed
from tests.knowledge.doubles import HashingEncoder

QUESTION = "How long is parental leave?"


@pytest.fixture
def settings(tmp_path) -> KnowledgeSettings:
    return KnowledgeSettings(home=tmp_path / "home", readers=1)


def change(settings, statement):
    """Tamper with the catalogue behind the library's back."""
    with sqlite3.connect(settings.folder / "catalogue.db") as database:
        database.execute(statement)
    database.close()


def headings(library):
    return [passage.location.heading for passage in library.search(QUESTION, 1, parts="dense")]


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
    assert headings(library) == ["Leave > Parental leave"]


def test_vectors_that_belong_to_nothing_are_found_and_mended(library, handbook):
    library.add(handbook)
    serving = library._catalogue.serving().id
    library._index.add(serving, "default", "gone", ["gone:0"], library._encoder().encode(["gone"]))
    library._index.add(serving + 7, "default", "gone", ["gone:0"], library._encoder().encode(["gone"]))
    assert [problem.split(":")[0] for problem in library.verify().problems] == [
        "1 vectors belong to no passage",
        "vectors of an encoder that serves no more are left",
    ]
    assert library.verify(repair=True).problems == ()


def test_a_damaged_index_is_mended(settings, encoder, handbook):
    library = Library(settings, encoder)
    library.add(handbook)
    library.close()
    (settings.folder / "index" / "chroma" / "chroma.sqlite3").write_bytes(b"no database" * 1000)
    library = Library(settings, encoder)
    assert len(library.verify().problems) == 1
    assert library.verify(repair=True).problems == ()
    assert headings(library) == ["Leave > Parental leave"]
    library.close()


def test_an_index_that_lost_all_vectors_says_so_and_is_mended(settings, encoder, handbook):
    library = Library(settings, encoder)
    library.add(handbook)
    library._index.clear()
    with pytest.raises(IndexUnavailable, match="verify --repair"):
        library.search("When does the depot open?")
    library.verify(repair=True)
    assert library.search("When does the depot open?")
    library.close()


def test_an_index_that_another_machine_cleared_can_be_written_to(library, settings, handbook):
    library.add(handbook)
    other = Index(settings.folder / "index", settings.vectors, library._catalogue.facts("library")["library"])
    other.clear()
    other.close()
    library.verify(repair=True)
    assert library.verify().problems == ()


def test_a_lost_full_text_index_is_found_and_mended(library, settings, handbook):
    library.add(handbook)
    change(settings, "INSERT INTO passages_fts (passages_fts) VALUES ('delete-all')")
    assert library.verify().problems == ("the full-text index does not agree with the passages",)
    assert library.verify(repair=True).problems == ()
    assert library.search(QUESTION, parts="fulltext") != []


def test_an_index_elsewhere_is_filled_from_the_catalogue(settings, encoder, handbook, chroma):
    library = Library(settings, encoder)
    library.add(handbook)
    library.close()
    library = Library(settings.model_copy(update={"vectors": chroma.url}), encoder)
    assert library.verify().problems == ()
    assert headings(library) == ["Leave > Parental leave"]
    library.close()


def test_a_changed_original_is_found(library, settings, handbook):
    added = library.add(handbook)
    (settings.folder / "documents" / added.digest).write_text("changed")
    assert "was changed" in library.verify().problems[0]


def test_a_lost_original_is_found(library, settings, handbook):
    added = library.add(handbook)
    (settings.folder / "documents" / added.digest).unlink()
    assert "is gone" in library.verify().problems[0]


def test_a_file_of_no_document_is_found_and_deleted(library, settings, handbook):
    library.add(handbook)
    stray = settings.folder / "documents" / "stray.md"
    stray.write_text("stray")
    assert "belongs to no document" in library.verify().problems[0]
    assert library.verify(repair=True).problems == ()
    assert not stray.exists()


def test_a_folder_beside_the_originals_is_left_alone(library, settings, handbook):
    library.add(handbook)
    (settings.folder / "documents" / "lost+found").mkdir()
    assert library.verify(repair=True).problems == ()


def test_a_count_of_changes_that_a_crash_damaged_harms_nothing(library, settings, handbook):
    library.add(handbook)
    (settings.folder / "index" / "revision").write_bytes(b"\0\0\0")
    assert headings(library) == ["Leave > Parental leave"]
    assert library.verify(repair=True).problems == ()


def test_nothing_is_wrong_while_documents_come_and_go(library, handbook, tmp_path):
    library.add(handbook)
    done = Event()

    def work():
        for number in range(30):
            file = tmp_path / f"{number % 3}.md"
            file.write_text(f"# Depot {number}\n\nThe depot number {number} opens at seven.")
            added = library.add(file)
            if number % 3 == 2:
                library.remove(added.id)
        done.set()

    worker = Thread(target=work)
    worker.start()
    found = []
    while not done.is_set():
        found += library.verify().problems
    worker.join()
    assert found == []


def test_a_repair_that_is_killed_is_done_when_the_library_opens_next(settings, handbook):
    library = Library(settings, HashingEncoder(), killed.scan)
    library._index.remove(library.add(handbook).id)
    library.close()
    repair = killed.forked().Process(target=killed.repair_and_die, args=(settings,))
    repair.start()
    repair.join()
    assert repair.exitcode == -signal.SIGKILL
    library = Library(settings, HashingEncoder(), killed.scan)
    assert library.verify().problems == ()
    library.close()


def test_a_changed_passage_is_found(library, settings, handbook):
    library.add(handbook)
    change(settings, "UPDATE texts SET text = 'x' || text")
    assert any("is not the text" in problem for problem in library.verify().problems)


def test_a_vector_that_the_catalogue_lost_is_found(library, settings, handbook):
    library.add(handbook)
    change(settings, "DELETE FROM vectors WHERE passage = (SELECT min(number) FROM passages)")
    assert any("no vector in the catalogue" in problem for problem in library.verify().problems)

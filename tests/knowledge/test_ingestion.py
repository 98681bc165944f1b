"""Adding goes on in the background, and whoever looks sees how far it is."""

import pytest

from knowledge.errors import KnowledgeError
from knowledge.ingestion import KEPT
from knowledge.jobs import Job
from knowledge.library import Library
from knowledge.settings import KnowledgeSettings
from tests.knowledge.doubles import TOKENS, HashingEncoder


@pytest.fixture
def broken(tmp_path):
    file = tmp_path / "broken.pdf"
    file.write_bytes(b"%PDF-1.4 no more than this")
    return file


def test_what_was_submitted_is_found_when_it_is_done(library, handbook):
    library.ingestion.submit([Job(handbook)])
    library.ingestion.wait()

    [progress] = library.ingestion.progress()
    assert (progress.state, progress.share) == ("ready", 1.0)
    assert library.search("How long is parental leave?")


def test_a_file_that_fails_says_why_and_does_not_stop_the_others(library, handbook, broken, tmp_path):
    library.ingestion.submit([Job(broken), Job(tmp_path / "nowhere.md"), Job(handbook)])
    library.ingestion.wait()

    by_name = {progress.name: progress for progress in library.ingestion.progress()}
    assert by_name[str(handbook)].state == "ready"
    assert by_name[str(broken)].state == "failed"
    assert "damaged" in by_name[str(broken)].reason
    assert "name a file that is there" in by_name[str(tmp_path / "nowhere.md")].reason


def test_more_can_be_submitted_while_it_works(library, one_of_each):
    for file in one_of_each:
        library.ingestion.submit([Job(file)])
    library.ingestion.wait()

    assert [progress.state for progress in library.ingestion.progress()] == ["ready"] * len(one_of_each)
    assert not library.ingestion.busy()


def test_a_temporary_file_is_deleted_when_it_was_added(library, handbook):
    library.ingestion.submit([Job(handbook, source="handbook.md", temporary=True)])
    library.ingestion.wait()

    assert not handbook.exists()
    assert library.documents()[0].source == "handbook.md"


def test_finished_jobs_are_forgotten_when_asked(library, handbook):
    library.ingestion.submit([Job(handbook)])
    library.ingestion.wait()

    library.ingestion.clear()

    assert library.ingestion.progress() == []


def test_of_very_many_files_all_are_counted_until_others_come(library, tmp_path):
    library.ingestion.submit([Job(tmp_path / f"nowhere-{number}.md") for number in range(KEPT + 20)])
    library.ingestion.wait()
    assert len(library.ingestion.progress()) == KEPT + 20

    library.ingestion.submit([Job(tmp_path / "nowhere.md")])
    library.ingestion.wait()
    assert len(library.ingestion.progress()) == KEPT + 1


def test_closing_waits_for_what_is_being_worked_at(settings, encoder, one_of_each):
    library = Library(settings, encoder)
    library.ingestion.submit([Job(file) for file in one_of_each])
    library.close()

    again = Library(settings, encoder)
    assert not again.verify().problems
    assert {document.state for document in again.documents()} <= {"ready"}
    again.close()


@pytest.fixture
def small(tmp_path):
    return Library(KnowledgeSettings(home=tmp_path / "home", passage_tokens=TOKENS), HashingEncoder())


@pytest.fixture
def uploads(tmp_path):
    files = [tmp_path / f"{number}.md" for number in range(200)]
    for number, file in enumerate(files):
        file.write_text(f"# Room {number}\n\nRoom {number} is blue.\n", encoding="utf-8")
    return files


def test_what_waits_while_it_is_closed_is_told_of_and_its_temporary_files_are_deleted(small, uploads):
    small.ingestion.submit([Job(file, temporary=True) for file in uploads])

    small.close()

    assert not small.ingestion.busy()
    assert not [file for file in uploads if file.exists()]
    assert "add it again" in small.ingestion.progress()[-1].reason


def test_nothing_is_submitted_any_more_once_it_is_closed(small, handbook):
    small.close()

    with pytest.raises(KnowledgeError, match="open it again"):
        small.ingestion.submit([Job(handbook)])

    assert not small.ingestion.busy()


def test_where_the_disk_cannot_be_written_each_file_says_so_and_no_temporary_one_is_left(small, uploads, tmp_path):
    (tmp_path / "home" / "knowledge" / "documents").symlink_to(tmp_path / "nowhere" / "at all")

    for file in uploads:
        small.ingestion.submit([Job(file, temporary=True)])
    small.ingestion.wait()

    assert not small.ingestion.busy()
    assert all("free some space" in progress.reason for progress in small.ingestion.progress())
    assert not [file for file in uploads if file.exists()]
    small.close()

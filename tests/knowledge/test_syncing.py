"""A folder and its collection stay in step: new, changed, moved and removed files."""

import pytest

from knowledge.errors import BadInput
from knowledge.syncing import files, sync


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "shared"
    (folder / "rules").mkdir(parents=True)
    (folder / "leave.md").write_text("# Leave\n\nParents take 26 weeks off after a birth.\n", encoding="utf-8")
    (folder / "rules" / "bikes.md").write_text("# Bikes\n\nBikes stand in the cellar.\n", encoding="utf-8")
    return folder


def sources(library, folder):
    return {document.source.removeprefix(f"{folder}/") for document in library.documents() if document.state == "ready"}


def test_everything_in_a_new_folder_is_read(library, folder):
    done = sync(library, folder, "default")

    assert sources(library, folder) == {"leave.md", "rules/bikes.md"}
    assert [outcome.fresh for outcome in done.outcomes] == [True, True]


def test_a_folder_without_a_change_is_not_read_again(library, folder):
    sync(library, folder, "default")

    done = sync(library, folder, "default")

    assert not any(outcome.fresh for outcome in done.outcomes)
    assert not done.moved
    assert not done.removed


def test_a_changed_file_replaces_its_old_version(library, folder):
    sync(library, folder, "default")
    (folder / "leave.md").write_text("# Leave\n\nParents take 30 weeks off after a birth.\n", encoding="utf-8")

    sync(library, folder, "default")

    assert len(library.documents()) == 2
    assert "30 weeks" in library.search("How many weeks do parents take?")[0].text


def test_a_removed_file_takes_its_document_along(library, folder):
    sync(library, folder, "default")
    (folder / "rules" / "bikes.md").unlink()

    done = sync(library, folder, "default")

    assert len(done.removed) == 1
    assert sources(library, folder) == {"leave.md"}


def test_a_moved_file_keeps_its_document(library, folder):
    sync(library, folder, "default")
    before = {document.id for document in library.documents()}
    (folder / "leave.md").rename(folder / "rules" / "time-off.md")

    done = sync(library, folder, "default")

    assert {document.id for document in library.documents()} == before
    assert len(done.moved) == 1
    assert not any(outcome.fresh for outcome in done.outcomes)
    assert sources(library, folder) == {"rules/time-off.md", "rules/bikes.md"}


def test_documents_from_elsewhere_are_left_alone(library, folder, handbook):
    library.add(handbook)
    sync(library, folder, "default")
    (folder / "leave.md").unlink()

    sync(library, folder, "default")

    assert str(handbook) in {document.source for document in library.documents()}


def test_a_folder_whose_name_begins_alike_is_another_folder(library, folder, tmp_path):
    other = tmp_path / "shared-too"
    other.mkdir()
    (other / "cats.md").write_text("# Cats\n\nCats sleep in the hall.\n", encoding="utf-8")
    sync(library, other, "default")

    sync(library, folder, "default")

    assert len(library.documents()) == 3


def test_a_folder_that_lost_all_its_files_removes_nothing(library, folder):
    sync(library, folder, "default")
    for file in files(folder):
        file.unlink()

    with pytest.raises(BadInput, match="see that it is mounted"):
        sync(library, folder, "default")

    assert len(library.documents()) == 2


def test_a_folder_that_is_not_there_is_refused(library, tmp_path):
    with pytest.raises(BadInput, match="is no folder"):
        sync(library, tmp_path / "nowhere", "default")


def test_hidden_files_and_locks_of_open_documents_are_left_out(folder):
    (folder / ".secret.md").write_text("hidden", encoding="utf-8")
    (folder / "~$leave.docx").write_text("lock", encoding="utf-8")

    assert [file.name for file in files(folder)] == ["leave.md", "bikes.md"]

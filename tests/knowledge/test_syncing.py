"""A folder and its collection stay in step: new, changed, moved and removed files."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from knowledge.documents import Collection
from knowledge.errors import BadInput
from knowledge.library import Library
from knowledge.settings import KnowledgeSettings
from knowledge.syncing import files, sync, watch
from tests.knowledge.doubles import TOKENS, HashingEncoder


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


def test_who_may_not_write_moves_and_removes_nothing(library, folder):
    library.put_collection(Collection("rules", owner="anna"))
    sync(library, folder, "rules", user="anna")
    before = library.documents()
    (folder / "leave.md").rename(folder / "time-off.md")
    (folder / "rules" / "bikes.md").unlink()

    with pytest.raises(BadInput, match="ask its owner"):
        sync(library, folder, "rules", user="ben")
    with pytest.raises(BadInput, match="ask its owner"):
        library.move(before[0].id, "elsewhere", "elsewhere", user="ben")

    assert library.documents() == before


@pytest.fixture
def small(tmp_path):
    library = Library(KnowledgeSettings(home=tmp_path / "home", passage_tokens=TOKENS), HashingEncoder())
    yield library
    library.close()


def test_a_link_out_of_the_folder_takes_its_document_along(small, folder, handbook):
    (folder / "handbook.md").symlink_to(handbook)
    sync(small, folder, "default")
    assert "handbook.md" in sources(small, folder)

    (folder / "handbook.md").unlink()
    sync(small, folder, "default")

    assert sources(small, folder) == {"leave.md", "rules/bikes.md"}


def test_loops_of_links_are_not_followed(folder):
    (folder / "rules" / "again").symlink_to(folder)
    (folder / "itself.md").symlink_to("itself.md")

    assert [file.name for file in files(folder)] == ["leave.md", "bikes.md"]


def test_names_that_are_no_text_are_told_apart(small, folder):
    for number, name in enumerate((b"caf\xe8.md", b"caf\xe9.md")):
        (folder / os.fsdecode(name)).write_text(f"# Menu {number}\n\nSoup {number} is hot.\n", encoding="utf-8")
    sync(small, folder, "default")

    done = sync(small, folder, "default")

    assert len(small.documents()) == 4
    assert not any(outcome.fresh for outcome in done.outcomes)
    assert not done.moved


def test_a_copy_stays_when_the_other_one_goes(small, folder):
    (folder / "copy.md").write_bytes((folder / "leave.md").read_bytes())
    sync(small, folder, "default")
    (folder / "leave.md").unlink()

    sync(small, folder, "default")

    assert sources(small, folder) == {"copy.md", "rules/bikes.md"}


@contextmanager
def without_rights(folder):
    """Go on as a user who may do everything in a folder, but for what is closed in it."""
    user = os.geteuid()
    for path in (folder, *folder.rglob("*")):
        path.chmod(0 if path.name == "closed" else 0o777)
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        (folder / "shared" / "closed").chmod(0o777)


def test_what_lies_in_a_folder_that_cannot_be_seen_now_stays():
    with tempfile.TemporaryDirectory() as place:  # pytest's own cannot be entered by others
        closed = Path(place, "shared", "closed")
        closed.mkdir(parents=True)
        (closed / "bikes.md").write_text("# Bikes\n\nBikes stand in the cellar.\n", encoding="utf-8")
        (closed.parent / "leave.md").write_text("# Leave\n\nParents take 26 weeks off.\n", encoding="utf-8")
        library = Library(KnowledgeSettings(home=Path(place, "home"), passage_tokens=TOKENS), HashingEncoder())
        sync(library, closed.parent, "default")

        with without_rights(Path(place)):
            done = sync(library, closed.parent, "default")

        assert not done.removed
        assert sources(library, closed.parent) == {"leave.md", "closed/bikes.md"}
        assert ["Permission denied" in str(found.error) for found in done.outcomes if found.error] == [True]
        library.close()


@pytest.mark.timeout(60)
def test_a_change_while_the_watched_folder_is_synced_is_not_missed(folder):
    seen = []

    def synced():
        seen.append({file.name for file in files(folder)})
        if len(seen) == 1:
            (folder / "late.md").write_text("# Late\n\nI came late.\n", encoding="utf-8")

    watching = watch(folder, synced)
    next(watching)
    next(watching)

    assert seen == [{"leave.md", "bikes.md"}, {"leave.md", "bikes.md", "late.md"}]
    watching.close()

"""What a user may not read is to them as if it were not there, whichever way they try."""

import pytest

from knowledge.documents import Collection
from knowledge.errors import BadInput
from knowledge.library import Library
from knowledge.retriever import LibraryRetriever
from tests.knowledge.conftest import HANDBOOK

SALARIES = "# Salaries\n\nThe director of Tidewater earns 210,000 crowns a year.\n"
QUESTION = "How much does the director of Tidewater earn?"


def suspects_all(texts):
    """A scan that finds everything suspicious."""
    return ["it is suspicious"] * len(texts)


def add_secret(library, folder):
    """Add a document that Anna owns and Ben may read, beside a handbook that everybody may read."""
    (folder / "handbook.md").write_text(HANDBOOK, encoding="utf-8")
    library.add(folder / "handbook.md")
    library.put_collection(Collection("board", owner="anna", readers=("ben",)))
    (folder / "salaries.md").write_text(SALARIES, encoding="utf-8")
    return library.add(folder / "salaries.md", "board", user="anna")


@pytest.fixture(scope="module")
def seen(shared, tmp_path_factory):
    """The secret in a library that tests only look into."""
    return add_secret(shared, tmp_path_factory.mktemp("seen"))


@pytest.fixture
def secret(library, tmp_path):
    """The secret in a library that tests may change."""
    return add_secret(library, tmp_path)


@pytest.mark.parametrize("user", ["anna", "ben", None])
def test_owner_readers_and_whoever_runs_the_machine_find_it(shared, seen, user):
    assert shared.reader(user).search(QUESTION)[0].document_id == seen.id


@pytest.mark.parametrize("parts", ["hybrid", "dense", "fulltext"])
@pytest.mark.parametrize("collections", [None, ["board"], ["board", "default"]])
def test_a_stranger_never_finds_it(shared, seen, parts, collections):
    found = shared.reader("carl").find(QUESTION, parts=parts, collections=collections, k=20)

    assert seen.id not in {passage.document_id for passage in found.passages}


def test_a_stranger_does_not_find_it_by_its_id(shared, seen):
    assert not shared.reader("carl").find(QUESTION, documents=[seen.id]).passages


def test_a_stranger_does_not_find_it_through_langchain(shared, seen):
    retriever = LibraryRetriever(reader=shared.reader("carl"), k=20, abstain=False)

    assert seen.id not in {found.metadata["document_id"] for found in retriever.invoke(QUESTION)}


def test_a_question_asked_before_by_a_reader_gives_a_stranger_nothing(shared, seen):
    shared.reader("ben").find(QUESTION)

    assert seen.id not in {passage.document_id for passage in shared.reader("carl").find(QUESTION).passages}


@pytest.mark.parametrize(
    "look",
    [
        lambda reader, name: reader.document(name),
        lambda reader, name: reader.text(name),
        lambda reader, name: reader.passages(name),
        lambda reader, name: reader.anchors(name),
        lambda reader, name: reader.original(name),
        lambda reader, name: reader.page_picture(name, 1, 0, 10),
    ],
    ids=["document", "text", "passages", "anchors", "original", "page_picture"],
)
def test_a_stranger_gets_the_same_words_as_for_what_is_not_there(shared, seen, look):
    reader = shared.reader("carl")
    with pytest.raises(BadInput) as hidden:
        look(reader, seen.id)
    with pytest.raises(BadInput) as missing:
        look(reader, "0" * 32)

    assert str(hidden.value).replace(seen.id, "ID") == str(missing.value).replace("0" * 32, "ID")


def test_lists_leave_out_what_may_not_be_read(shared, seen):
    reader = shared.reader("carl")

    assert [document.collection for document in reader.documents()] == ["default"]
    assert reader.documents("board") == []
    assert [collection.name for collection in reader.collections()] == ["default"]


def test_a_reader_may_not_add_remove_or_share(library, secret, handbook):
    with pytest.raises(BadInput, match="ask its owner"):
        library.add(handbook, "board", user="ben")
    with pytest.raises(BadInput, match="ask its owner"):
        library.remove(secret.id, user="ben")
    with pytest.raises(BadInput, match="ask its owner"):
        library.put_collection(Collection("board", owner="ben"), user="ben")

    assert library.reader("anna").document(secret.id).state == "ready"


def test_a_stranger_cannot_remove_what_they_cannot_see(library, secret):
    with pytest.raises(BadInput, match="there is no document"):
        library.remove(secret.id, user="carl")


def test_a_collection_without_an_owner_is_its_readers_alone(library, handbook):
    library.put_collection(Collection("board", readers=("ben",)))

    with pytest.raises(BadInput, match="may not change"):
        library.put_collection(Collection("board", readers=None), user="carl")

    assert library.add(handbook, "board", user="ben").state == "ready"


def test_a_reader_who_is_taken_out_finds_nothing_any_more(library, secret):
    library.put_collection(Collection("board", owner="anna", readers=()), user="anna")

    assert secret.id not in {passage.document_id for passage in library.reader("ben").search(QUESTION)}
    assert library.reader("anna").search(QUESTION)[0].document_id == secret.id


def test_a_page_is_shown_with_the_passage_marked(library, tmp_path, make_pdf):
    file = tmp_path / "travel.pdf"
    file.write_bytes(make_pdf([["Travel is booked by the office."], ["Trains come before planes."]]))
    document = library.add(file)
    passage = library.search("Do trains come before planes?")[0]

    marked = library.reader("carl").page_picture(document.id, 2, passage.start, passage.end)
    plain = library.reader("carl").page_picture(document.id, 2, 0, 0)

    assert marked.startswith(b"\x89PNG")
    assert marked != plain


def test_a_reader_may_not_release_what_is_in_quarantine(settings, encoder, tmp_path):
    library = Library(settings, encoder, scan=suspects_all)
    library.put_collection(Collection("board", owner="anna", readers=("ben",)))
    file = tmp_path / "salaries.md"
    file.write_text(SALARIES, encoding="utf-8")
    document = library.add(file, "board", user="anna")

    with pytest.raises(BadInput, match="ask its owner"):
        library.release(document.id, "ben", user="ben")

    assert library.release(document.id, "anna", user="anna").state == "ready"
    library.close()

"""Documents come in, are found by what they say, change and go, and no crash leaves a half of one."""

import shutil
import signal
from threading import Thread

import pytest

from knowledge.embeddings import EMBEDDED, locate
from knowledge.errors import BadInput, UnreadableFile, UnsupportedFormat
from knowledge.library import Library
from tests.knowledge import killed
from tests.knowledge.doubles import HashingEncoder


def originals(settings):
    return sorted(file.name for file in (settings.folder / "documents").glob("*"))


def test_a_question_is_answered_by_the_passage_that_says_so(library, handbook):
    added = library.add(handbook)
    best = library.search("How long can goods be returned?")[0]
    assert best.document_id == added.id
    assert best.title == "Staff handbook"
    assert best.location.heading == "Refunds"
    assert "37 days" in best.text
    assert best.similarity > 0.4
    assert best.score > 0


def test_a_passage_is_the_stored_text_character_for_character(library, one_of_each):
    for file in one_of_each:
        added = library.add(file)
        text = library.text(added.id)
        passages = library.passages(added.id)
        assert len(passages) == added.passages > 0
        assert all(text[p.start : p.end] == p.text for p in passages), file


def test_every_format_is_found_by_what_it_says(library, one_of_each):
    added = {library.add(file).id: file.suffix for file in one_of_each}
    asked = {
        "How long is parental leave?": (".md", "heading"),
        "When does the kitchen close?": (".txt", None),
        "What does the blue room cost?": (".html", "heading"),
        "Are trains preferred to planes?": (".pdf", "page"),
        "Where does the front door key hang?": (".docx", "heading"),
    }
    for question, (suffix, known) in asked.items():
        best = library.search(question)[0]
        assert added[best.document_id] == suffix, question
        assert known is None or known in best.location.as_json(), question


def test_the_same_file_again_changes_nothing(library, handbook):
    assert library.add(handbook) == library.add(handbook)
    assert len(library.documents()) == 1


def test_the_same_bytes_under_another_name_change_nothing(library, handbook, tmp_path):
    copy = tmp_path / "copy.md"
    copy.write_bytes(handbook.read_bytes())
    assert library.add(handbook) == library.add(copy)


def test_the_same_bytes_in_another_collection_are_a_document_of_their_own(library, handbook):
    assert library.add(handbook).id != library.add(handbook, "other").id


def test_a_new_version_replaces_the_old_one(library, settings, handbook):
    old = library.add(handbook)
    handbook.write_text("# Staff handbook\n\nCustomers may return goods within 99 days of the delivery.\n")
    new = library.add(handbook)
    found = library.search("How long can goods be returned?", k=10)
    assert [document.id for document in library.documents()] == [new.id] != [old.id]
    assert {passage.document_id for passage in found} == {new.id}
    assert originals(settings) == [new.digest]
    assert library.verify().problems == ()


def test_a_version_is_known_by_its_source_where_the_path_is_temporary(library, tmp_path):
    for number, text in enumerate(("The first text.", "The second text.")):
        file = tmp_path / f"upload-{number}.txt"
        file.write_text(text)
        library.add(file, source="rules.txt")
    assert [(d.source, d.title) for d in library.documents()] == [("rules.txt", "rules.txt")]
    assert library.search("text")[0].text == "The second text."


def test_the_old_version_stays_where_the_new_one_cannot_be_read(library, handbook):
    old = library.add(handbook)
    handbook.write_bytes(b"")
    with pytest.raises(UnreadableFile):
        library.add(handbook)
    assert [(d.id == old.id, d.state) for d in library.documents()] == [(True, "ready"), (False, "failed")]


def test_a_file_that_now_holds_what_another_does_leaves_no_old_version(library, tmp_path):
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    one.write_text("The red rule.")
    other.write_text("The blue rule.")
    library.add(one)
    kept = library.add(other)
    one.write_text("The blue rule.")
    assert library.add(one) == kept
    assert library.documents() == [kept]


def test_a_deleted_document_is_gone_from_every_search(library, settings, handbook):
    added = library.add(handbook)
    library.remove(added.id)
    for parts in ("hybrid", "dense", "fulltext"):
        assert library.search("How long can goods be returned?", parts=parts) == []
    assert library.documents() == []
    assert originals(settings) == []
    assert library.verify().problems == ()


def test_bytes_that_two_collections_share_stay_until_both_are_gone(library, settings, handbook):
    one, other = library.add(handbook), library.add(handbook, "other")
    library.remove(one.id)
    assert originals(settings) == [other.digest]
    library.remove(other.id)
    assert originals(settings) == []


def test_an_unknown_document_cannot_be_removed_or_shown(library):
    for call in (library.remove, library.text, library.passages):
        with pytest.raises(BadInput, match="no document"):
            call("nothing")


def test_a_failed_file_is_kept_with_its_reason_until_it_can_be_read(library, tmp_path):
    file = tmp_path / "a.pdf"
    file.write_bytes(b"no pdf")
    with pytest.raises(UnreadableFile):
        library.add(file)
    failed = library.documents()[0]
    assert (failed.state, failed.passages) == ("failed", 0)
    assert "damaged" in failed.reason
    assert library.search("no pdf") == []
    with pytest.raises(UnreadableFile):
        library.add(file)
    assert len(library.documents()) == 1


def test_a_file_of_a_kind_that_is_not_read_is_kept_as_failed(library, tmp_path):
    file = tmp_path / "a.xyz"
    file.write_bytes(bytes(range(256)))
    with pytest.raises(UnsupportedFormat):
        library.add(file)
    assert [document.state for document in library.documents()] == ["failed"]


def test_a_file_that_is_too_large_says_which_setting_to_raise(settings, encoder, tmp_path):
    library = Library(settings.model_copy(update={"file_megabytes": 1}), encoder)
    file = tmp_path / "large.txt"
    file.write_bytes(b"word " * 300_000)
    with pytest.raises(UnreadableFile, match="file_megabytes"):
        library.add(file)


def test_a_file_that_is_not_there_is_not_kept(library, tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        library.add(tmp_path / "missing.md")
    assert library.documents() == []


@pytest.mark.parametrize("name", ["", " x", "a\nb", "x" * 65])
def test_a_bad_name_of_a_collection_is_refused(library, handbook, name):
    with pytest.raises(BadInput, match="collection"):
        library.add(handbook, name)


def test_search_is_kept_to_the_collections_asked_for(library, handbook, tmp_path):
    rules = tmp_path / "rules.txt"
    rules.write_text("Goods are returned to the depot.")
    library.add(handbook, "staff")
    depot = library.add(rules, "depot")
    assert {p.document_id for p in library.search("returned goods", 10, ["depot"])} == {depot.id}
    assert library.search("returned goods", 10, ["nowhere"]) == []
    assert library.search("returned goods", 10, []) == []


def test_passages_of_the_same_text_are_shown_once(library, tmp_path):
    for name in ("a", "b"):
        file = tmp_path / f"{name}.md"
        file.write_text(f"# {name}\n\nThe depot opens at seven every day of the week but Sunday.\n")
        library.add(file)
    assert len(library.search("When does the depot open?")) == 1


RUBBISH = [
    '"',
    "'; DROP TABLE passages; --",
    "NEAR(a b)",
    "title:x",
    "a* OR (",
    "* * *",
    "^a -b +c",
    "\0",
    "AND",
    "{}",
    "🙂",
]


@pytest.mark.parametrize("question", RUBBISH)
def test_nothing_in_a_question_is_query_syntax(stocked, question):
    assert len(stocked.search(question, parts="dense")) > 0
    stocked.search(question, parts="fulltext")
    stocked.search(question)


def test_an_empty_question_finds_nothing(library, handbook):
    library.add(handbook)
    assert library.search("  \n") == []


def test_what_only_the_full_text_found_has_its_similarity_too(library, handbook):
    library.add(handbook)
    assert all(p.similarity != 0 for p in library.search("doctor", k=10, parts="fulltext"))


def test_progress_rises_and_ends_ready(library, handbook):
    told = []
    library.add(handbook, on_progress=lambda stage, fraction: told.append((stage, fraction)))
    assert [stage for stage, _ in told] == ["reading", "splitting", "embedding", "embedding", "ready"]
    assert told[-1] == ("ready", 1.0)


def test_a_reading_that_is_stopped_leaves_nothing(library, settings, handbook):
    def stop(stage, fraction):
        if stage == "embedding":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.add(handbook, on_progress=stop)
    assert library.documents() == []
    assert originals(settings) == []


@pytest.mark.parametrize(
    ("owner", "method", "when"),
    [
        ("Originals", "keep", "before"),
        ("Originals", "keep", "after"),
        ("Index", "put", "after"),
        ("Catalogue", "finish", "before"),
        ("Catalogue", "finish", "after"),
    ],
)
def test_a_killed_reading_leaves_the_older_state_or_the_newer(settings, handbook, owner, method, when):
    library = Library(settings, HashingEncoder(), killed.scan)
    old = library.add(handbook)
    library.close()
    handbook.write_text("# Staff handbook\n\nCustomers may return goods within 99 days of the delivery.\n")
    reader = killed.forked().Process(target=killed.add_and_die, args=(settings, handbook, owner, method, when))
    reader.start()
    reader.join()
    assert reader.exitcode == -signal.SIGKILL
    library = Library(settings, HashingEncoder(), killed.scan)
    finished = (method, when) == ("finish", "after")
    assert [document.state for document in library.documents()] == ["ready"]
    assert (library.documents()[0].id == old.id) is not finished
    assert ("99" in library.search("How long may customers return goods?")[0].text) is finished
    assert library.verify().problems == ()
    assert len(originals(settings)) == 1
    assert library.add(handbook).state == "ready"
    library.close()


def test_what_another_live_process_reads_is_not_swept(settings, handbook):
    seen = []
    library = Library(settings, HashingEncoder(), killed.scan)

    def look(stage, fraction):
        if stage == "embedding":
            context = killed.forked()
            here, there = context.Pipe()
            other = context.Process(target=killed.tell_states, args=(settings, there))
            other.start()
            seen.append(here.recv() if here.poll(60) else None)
            other.join()

    assert library.add(handbook, on_progress=look).state == "ready"
    assert seen[0] == ["reading"]
    library.close()


def test_two_processes_may_add_at_once(settings, tmp_path):
    folders = {side: [] for side in ("left", "right")}
    for side, files in folders.items():
        (tmp_path / side).mkdir()
        files.extend(tmp_path / side / f"{number}.txt" for number in range(6))
        for number, file in enumerate(files):
            file.write_text(f"The {side} depot number {number} opens at {number} o'clock.")
        files.append(tmp_path / side / "same.txt")
        files[-1].write_text("What both of them add is one document in the end.")
    writers = [killed.forked().Process(target=killed.add, args=(settings, files)) for files in folders.values()]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    library = Library(settings, HashingEncoder(), killed.scan)
    assert [document.state for document in library.documents()] == ["ready"] * 13
    assert library.search("When does the right depot number 4 open?")[0].text.startswith("The right depot number 4")
    assert library.verify().problems == ()
    library.close()


def test_threads_may_add_and_search_at_once(library, tmp_path):
    files = [tmp_path / f"{number}.txt" for number in range(8)]
    for number, file in enumerate(files):
        file.write_text(f"Depot number {number} opens at {number} o'clock.")
    threads = [Thread(target=library.add, args=(file,)) for file in files]
    threads += [Thread(target=library.search, args=("When does depot number 3 open?",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(library.search("When does depot number 3 open?", 20)) == 8
    assert library.verify().problems == ()


def test_another_encoder_serves_only_when_its_vectors_are_complete(settings, encoder, handbook, tmp_path):
    library = Library(settings, encoder)
    document = library.add(handbook)
    library.close()
    other = settings.model_copy(update={"embedding": copied_encoder(tmp_path)})

    library = Library(other)
    assert library.outdated
    assert library.search("How long is parental leave?")[0].document_id == document.id
    library.reembed()

    assert not library.outdated
    assert library.search("How long is parental leave?", parts="dense")[0].document_id == document.id
    assert not library.verify().problems
    library.close()


def copied_encoder(folder):
    """Return a folder that holds the embedded encoder under another name."""
    source, _ = locate(EMBEDDED)
    return str(shutil.copytree(source, folder / "encoder"))


def test_texts_of_any_length_are_embedded_to_unit_vectors(library):
    vectors = library.embed(["short", "", "long text " * 900])
    assert [round(sum(x * x for x in vector), 3) for vector in vectors] == [1, 1, 1]

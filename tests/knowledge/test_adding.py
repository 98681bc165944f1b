"""Files of any name, that may change or go at any moment, become documents or are refused in one line."""

import os
import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from knowledge import adding
from knowledge.errors import BadInput, IndexUnavailable
from knowledge.jobs import Job
from knowledge.library import Library
from knowledge.settings import KnowledgeSettings
from tests.knowledge.doubles import TOKENS, HashingEncoder

TEXT = b"# Cats\n\nCats sleep in the hall.\n"


@pytest.fixture
def library(tmp_path):
    library = Library(KnowledgeSettings(home=tmp_path / "home", passage_tokens=TOKENS), HashingEncoder())
    yield library
    library.close()


def outcome(library, path, **how):
    [outcome] = library.add_all([Job(path, **how)])
    return outcome


@pytest.mark.parametrize(
    "name",
    [b"a." + b"x" * 250, b"a" * 252 + b".md", b"caf\xe9.md", b"cats.m\xe9", b"two\nlines.md", b"..md", b"\x1b[31m.md"],
    ids=["long suffix", "long name", "bad UTF-8", "bad suffix", "line end", "dots", "escape"],
)
def test_a_file_of_any_name_is_read_and_removed_again(library, tmp_path, name):
    file = tmp_path / os.fsdecode(name)
    file.write_bytes(TEXT)

    document = outcome(library, file).document

    assert document.state == "ready"
    assert document.title.isprintable()
    assert library.original(document.id)[1] == TEXT
    library.remove(document.id)
    assert not library.verify().problems
    assert not list((tmp_path / "home" / "knowledge" / "documents").iterdir())


def test_what_is_no_file_is_refused_in_one_line(library, tmp_path):
    fifo, plug, loop = tmp_path / "fifo.md", tmp_path / "socket.md", tmp_path / "loop.md"
    os.mkfifo(fifo)
    loop.symlink_to("loop.md")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(plug))
        for path in (fifo, plug, loop, tmp_path, Path("/dev/zero"), tmp_path / "no\0thing.md", tmp_path / ("a" * 300)):
            error = outcome(library, path).error
            assert isinstance(error, BadInput)
            assert ": name a file" in str(error)
    assert library.documents() == []


def test_a_file_that_changes_while_it_is_added_is_never_kept_as_what_it_was_not(library, tmp_path):
    file = tmp_path / "cats.md"
    file.write_bytes(TEXT)
    done = threading.Event()

    def change():
        number = 0
        with file.open("r+b") as written:
            while not done.is_set():
                number += 1
                os.pwrite(written.fileno(), b"# Dogs %012d\n\n" % number, 0)

    changing = threading.Thread(target=change)
    changing.start()
    outcomes = [outcome(library, file) for _ in range(30)]
    done.set()
    changing.join()

    errors = {str(found.error) for found in outcomes if found.error}
    assert errors <= {"cats.md was changed while it was read: add it again"}
    assert not library.verify().problems


def test_a_file_that_comes_and_goes_stops_no_other(library, tmp_path):
    file, other = tmp_path / "cats.md", tmp_path / "dogs.md"
    other.write_bytes(b"# Dogs\n\nDogs sleep in the yard.\n")
    done = threading.Event()

    def change():
        number = 0
        while not done.is_set():
            number += 1
            file.write_bytes(TEXT * (1 + number % 50))
            with suppress(FileNotFoundError):
                file.unlink()

    changing = threading.Thread(target=change)
    changing.start()
    outcomes = [found for _ in range(30) for found in library.add_all([Job(file), Job(other)])]
    done.set()
    changing.join()

    assert len(outcomes) == 60
    assert all(isinstance(found.error, BadInput) for found in outcomes if found.error)
    assert not library.verify().problems


def test_an_encoder_that_is_missing_is_no_fault_of_the_files(tmp_path):
    file = tmp_path / "cats.md"
    file.write_bytes(TEXT)
    library = Library(KnowledgeSettings(home=tmp_path / "home", embedding=str(tmp_path / "missing")))

    with pytest.raises(BadInput, match="no folder"):
        list(library.add_all([Job(file)]))

    assert library.documents() == []
    library.close()


def test_a_file_that_is_too_large_is_kept_as_failed(tmp_path):
    library = Library(KnowledgeSettings(home=tmp_path / "home", file_megabytes=1), HashingEncoder())
    file = tmp_path / "large.md"
    with file.open("wb") as sparse:
        sparse.truncate(2**40)

    found = outcome(library, file)

    assert found.document.state == "failed"
    assert "is too large (1048576 MB, 1 are read): split it" in found.document.reason
    library.close()


def test_where_there_is_no_room_nothing_is_left_half(library, tmp_path):
    (tmp_path / "home" / "knowledge" / "documents").symlink_to(tmp_path / "nowhere" / "at all")
    file = tmp_path / "cats.md"
    file.write_bytes(TEXT)

    with pytest.raises(IndexUnavailable, match=r"cannot be written \(.*\): free some space"):
        outcome(library, file)

    assert library.documents() == []


def test_no_more_than_a_group_is_embedded_at_once(tmp_path, monkeypatch):
    sizes = []

    class Counting(HashingEncoder):
        def encode(self, texts, on_progress=None):
            sizes.append(len(texts))
            return super().encode(texts, on_progress)

    monkeypatch.setattr(adding, "GROUP", 4)
    files = [tmp_path / f"{number}.md" for number in range(15)]
    for number, file in enumerate(files):
        file.write_text(f"# Room {number}\n\nIt holds {number} chairs.\n", encoding="utf-8")
    library = Library(KnowledgeSettings(home=tmp_path / "home", passage_tokens=TOKENS), Counting())

    assert len(list(library.add_all(map(Job, files)))) == 15
    assert (sum(sizes), max(sizes) <= 4) == (15, True)
    library.close()

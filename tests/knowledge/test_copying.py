"""A copy of the library while others change it."""

import threading

from knowledge.copying import copy
from knowledge.library import Library
from knowledge.settings import KnowledgeSettings
from tests.knowledge.doubles import HashingEncoder


def test_a_copy_agrees_with_itself_while_files_are_added_and_removed(tmp_path):
    settings = KnowledgeSettings(home=tmp_path / "home")
    library = Library(settings, HashingEncoder())
    first = tmp_path / "first.md"
    first.write_text("# First\n\nThe key opens door one.\n")
    library.add(first)
    stop = threading.Event()

    def change():
        number = 0
        while not stop.is_set():
            path = tmp_path / "other.md"
            path.write_text(f"# Other\n\nThe key {number} opens another door.\n")
            document = library.add(path)
            if number % 2:
                library.remove(document.id)
            number += 1

    changing = threading.Thread(target=change)
    changing.start()
    gone = [copy(settings, tmp_path / f"copy{number}" / "knowledge") for number in range(3)]
    stop.set()
    changing.join()
    library.close()
    assert gone == [[], [], []]
    for number in range(3):
        copied = Library(KnowledgeSettings(home=tmp_path / f"copy{number}"), HashingEncoder())
        assert copied.verify().problems == ()
        assert any(document.title == "First" for document in copied.documents())
        copied.close()


def test_a_home_without_documents_gives_an_empty_copy(tmp_path):
    assert copy(KnowledgeSettings(home=tmp_path / "home"), tmp_path / "copy") == []
    assert not (tmp_path / "copy").exists()

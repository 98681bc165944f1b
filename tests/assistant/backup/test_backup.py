"""A home with everything in it, backed up while another thread writes, restored elsewhere, and compared."""

import hashlib
import json
import threading
from contextlib import closing

import pytest

from assistant import settings
from assistant.__main__ import main
from assistant.backup import archive, restoring
from assistant.errors import BadInput, StoreUnavailable
from assistant.store.audit import Entry
from assistant.store.store import Store
from assistant.turns import Pin, Rating, Turn
from finetune.registry import Card, Registry
from knowledge.errors import BadInput as KnowledgeBadInput
from knowledge.library import Library
from tests.knowledge.doubles import HashingEncoder

QUESTION = "How long is parental leave?"
SETTINGS = """[chat]
history = 7
server_key = "sk-very-secret"

[knowledge]
passages = 3
"""


def turn(conversation, position, answer="Sixteen weeks."):
    return Turn(f"{conversation[:16]}{position:016d}", conversation, position, QUESTION, answer=answer, model="m")


def entry(turn):
    return Entry("output", "allow", turn.answer, turn_id=turn.id, policy="p")


def opened(home):
    loaded = settings.load(home=home)
    return Library(loaded.knowledge, HashingEncoder())


def fill(home, folder):
    """Put one of everything into a home."""
    home.mkdir()
    (home / "settings.toml").write_text(SETTINGS)
    (home / "policy.toml").write_text("max_characters = 900\n")
    with closing(Store(home / "assistant.db")) as store:
        one = store.add_conversation().id
        for position in range(3):
            kept = turn(one, position)
            store.add_turn(kept, [entry(kept)])
        store.rate(turn(one, 1).id, Rating("down", ("wrong",), "no", "Eighteen weeks."))
        store.pin(one, Pin("first"))
    with closing(opened(home)) as library:
        for number in range(4):
            file = folder / f"leave{number}.md"
            file.write_text(f"# Leave {number}\n\nParental leave number {number} is {number + 10} weeks long.\n")
            library.add(file)
    adapter = folder / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text("{}")
    (adapter / "adapter_model.safetensors").write_bytes(bytes(range(256)) * 100)
    registry = Registry(home / "adapters")
    for name in ("first", "second"):
        registry.add(name, adapter, Card(base="spoken", method="kto", digest="d1"))
        registry.promote(name)
    refit = home / "heads" / "refit-1"
    refit.mkdir(parents=True)
    (refit / "card.json").write_text("{}")
    (home / "heads" / "in-force.json").write_text('{"name": "refit-1", "history": ["refit-1"]}')
    return one


def everything(home):
    """Return all that a home holds, in a form that can be compared."""
    with closing(Store(home / "assistant.db")) as store, closing(opened(home)) as library:
        documents = {document.id: document for document in library.documents()}
        return {
            "conversations": {one.id: (one, store.turns(one.id)) for one in store.conversations()},
            "ratings": store.counts(),
            "audit": list(store.audit.rows()),
            "documents": documents,
            "passages": {name: library.reader(None).passages(name) for name in documents},
            "search": library.search(QUESTION, k=3),
            "adapters": Registry(home / "adapters").all(),
            "pointer": Registry(home / "adapters").pointer(),
            "policy": (home / "policy.toml").read_text(),
            "refit": (home / "heads" / "in-force.json").read_text(),
        }


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A home, a backup of it that was taken while others wrote, and what was there before and after."""
    folder = tmp_path_factory.mktemp("machine")
    home, file = folder / "home", folder / "backup.tar.gz"
    conversation = fill(home, folder)
    before = everything(home)
    stop, writing, failed = threading.Event(), threading.Event(), []

    def write():
        try:
            with closing(Store(home / "assistant.db")) as store, closing(opened(home)) as library:
                number = 100
                while not stop.is_set():
                    kept = turn(conversation, number, f"Answer {number}.")
                    store.add_turn(kept, [entry(kept)])
                    path = folder / "changing.md"
                    path.write_text(f"# Changing\n\nVersion {number} of a file that changes all the time.\n")
                    library.add(path)
                    number += 1
                    writing.set()
        except Exception as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    assert writing.wait(60)
    manifest = archive.back_up(settings.load(home=home), file)
    stop.set()
    writer.join(timeout=60)
    assert not failed
    return home, file, manifest, before


@pytest.fixture(scope="module")
def restored(filled, tmp_path_factory):
    home = tmp_path_factory.mktemp("other machine") / "home"
    restoring.restore(filled[1], home)
    return home


def test_what_was_there_when_it_began_is_all_there_again(filled, restored):
    home, _, _, before = filled
    after = everything(restored)
    for what in ("ratings", "pointer", "policy", "refit"):
        assert after[what] == before[what], what
    assert after["audit"][: len(before["audit"])] == before["audit"]
    assert after["documents"].items() >= before["documents"].items()
    assert after["passages"].items() >= before["passages"].items()
    for name, (conversation, turns) in before["conversations"].items():
        there, all_turns = after["conversations"][name]
        assert (there.title, there.pin) == (conversation.title, conversation.pin)
        assert all_turns[: len(turns)] == [turn for turn in all_turns if turn.position < 100]
        assert [(t.id, t.answer, t.rating) for t in all_turns[: len(turns)]] == [
            (t.id, t.answer, t.rating) for t in turns
        ]
    old, new = before["adapters"], after["adapters"]
    assert [(a.name, a.state, a.card) for a in new] == [(a.name, a.state, a.card) for a in old]
    for one, other in zip(old, new, strict=True):
        weights = "adapter_model.safetensors"
        assert (one.path / weights).read_bytes() == (other.path / weights).read_bytes()
    assert home != restored


def test_the_same_passages_are_found(filled, restored):
    with closing(opened(restored)) as library:
        found = [(passage.id, round(passage.score, 6)) for passage in library.search("parental leave number 2", k=2)]
    with closing(opened(filled[0])) as library:
        there = [(passage.id, round(passage.score, 6)) for passage in library.search("parental leave number 2", k=2)]
    assert [name for name, _ in found] == [name for name, _ in there]


def test_the_chain_of_the_audit_log_is_whole(restored):
    with closing(Store(restored / "assistant.db")) as store:
        check = store.audit.check()
    assert (check.broken, check.reason) == (None, None)
    assert check.count >= 3


def test_documents_passages_vectors_and_files_agree(restored):
    with closing(opened(restored)) as library:
        report = library.verify()
    assert report.problems == ()
    assert report.documents >= 5


def test_secrets_stay_behind_and_are_named(filled, restored):
    text = (restored / "settings.toml").read_text()
    assert "sk-very-secret" not in text
    assert settings.load(home=restored).chat.history == 7
    assert any("chat.server_key" in line for line in filled[2].left_out)


def test_its_owner_alone_may_read_a_backup_and_nothing_else_is_left_beside_it(filled):
    file = filled[1]
    assert file.stat().st_mode & 0o777 == 0o600
    assert not list(file.parent.glob(f".{file.name}*"))


def test_every_file_has_its_digest_in_the_manifest(filled, restored):
    for name, kept in filled[2].files.items():
        if name.startswith("adapters/") and not name.endswith("serving.json"):
            assert hashlib.sha256((restored / name).read_bytes()).hexdigest() == kept.sha256


def test_a_home_that_holds_anything_is_refused(filled, tmp_path):
    (tmp_path / "letter").touch()
    with pytest.raises(BadInput, match="holds something already"):
        restoring.restore(filled[1], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter"]


def test_documents_in_postgres_are_not_passed_over_in_silence(filled, tmp_path):
    loaded = settings.load(home=filled[0])
    elsewhere = loaded.knowledge.model_copy(update={"catalogue": "postgresql://u@h/d"})
    object.__setattr__(loaded, "knowledge", elsewhere)
    with pytest.raises(KnowledgeBadInput, match="pg_dump"):
        archive.back_up(loaded, tmp_path / "b.tar.gz")
    assert list(tmp_path.iterdir()) == []
    manifest = archive.back_up(loaded, tmp_path / "b.tar.gz", documents=False)
    assert not any(name.startswith("knowledge") for name in manifest.files)


def test_a_backup_in_the_home_itself_is_refused(filled):
    with pytest.raises(BadInput, match="lies in the home itself"):
        archive.back_up(settings.load(home=filled[0]), filled[0] / "backup.tar.gz")


def test_a_backup_that_cannot_be_made_leaves_the_older_one(filled, tmp_path, monkeypatch):
    file = tmp_path / "b.tar.gz"
    file.write_bytes(b"older")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.os, "fsync", full)
    with pytest.raises(StoreUnavailable, match="No space left"):
        archive.back_up(settings.load(home=filled[0]), file)
    assert file.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [file]


def test_both_commands_tell_people_and_machines(filled, tmp_path, capsys):
    home, file = filled[0], tmp_path / "b.tar.gz"
    assert main(["backup", str(file), "--home", str(home), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"] > 5
    assert main(["restore", str(file), "--home", str(tmp_path / "new")]) == 0
    assert "is as the home was at" in capsys.readouterr().out
    assert main(["restore", str(file), "--home", str(tmp_path / "new")]) == 2
    assert capsys.readouterr().err.count("\n") == 1

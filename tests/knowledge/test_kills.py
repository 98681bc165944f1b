"""A process that is killed at any moment leaves every document as it was, or as it was to become."""

import json
import random
import re
import time
from collections import Counter

import pytest

from knowledge.settings import KnowledgeSettings
from tests.knowledge import killed

SEED = 20260101
Kept = tuple[int | None, int | None]
"""The version of a file that is ready, and the one that is quarantined."""


def after(kept, change):
    """Return what a change makes of the versions of its file."""
    ready, quarantined = kept
    if change["what"] == "add":
        return (ready, change["version"]) if change["suspicious"] else (change["version"], None)
    if change["what"] == "release":
        return quarantined, None
    return (None, quarantined) if change["state"] == "ready" else (ready, None)


class Expected:
    """What the journal says must be there."""

    def __init__(self, journal):
        self._journal = journal
        self._read = 0
        self.files = {f"f{number}": (None, None) for number in range(killed.FILES)}
        self.counts = Counter()

    def update(self):
        """Apply what was done, and return what was begun last, where it was not."""
        lines = self._journal.read_text().splitlines()[self._read :] if self._journal.exists() else []
        self._read += len(lines)
        begun = None
        for row in map(json.loads, lines):
            begun = None if row.get("done") else row
            self.counts[row["what"], bool(row.get("done"))] += 1
            if row.get("done") and row["what"] != "reembed":
                self.files[row["file"]] = after(self.files[row["file"]], row)
        return begun


def versions(library):
    """Return which versions of each file are there, each whole."""
    there = {f"f{number}": (None, None) for number in range(killed.FILES)}
    for document in library.documents():
        text = library.text(document.id)
        found = re.search(r"The key (f\d)v(\d+)p0", text)
        assert found, document
        file, version = found[1], int(found[2])
        whole = killed.content(file, version, suspicious=killed.SUSPICIOUS in text)
        assert text.split() == whole.split()
        passages = library.passages(document.id)
        assert all(any(f"{file}v{version}p{n} " in passage.text for passage in passages) for n in range(3))
        ready, quarantined = there[file]
        assert document.state in ("ready", "quarantined"), document
        assert (ready if document.state == "ready" else quarantined) is None, document
        there[file] = (version, quarantined) if document.state == "ready" else (ready, version)
    return there


def check(library, expected, begun):
    assert library.verify().problems == ()
    there = versions(library)
    for file, before in expected.files.items():
        allowed = {before}
        if begun is not None and begun.get("file") == file:
            allowed.add(after(before, begun))
        assert there[file] in allowed, (file, begun)
    expected.files = there
    ready = {document.id for document in library.documents() if document.state == "ready"}
    for file, (version, _) in there.items():
        for parts in ("hybrid", "dense", "fulltext"):
            found = library.search(f"Which door does the key {file}v{version}p1 open?", 10, parts=parts)
            assert {passage.document_id for passage in found} <= ready
            assert version is None or any(f"{file}v{version}p1 " in passage.text for passage in found)


@pytest.fixture
def places(request, tmp_path):
    """The settings of the library in each kind of place."""
    settings = KnowledgeSettings(home=tmp_path / "home", embedding="one", readers=1)
    if request.param == "embedded":
        return settings
    update = {
        "catalogue": request.getfixturevalue("postgres").database(),
        "vectors": request.getfixturevalue("chroma").url,
    }
    return settings.model_copy(update=update)


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("places", "kills"),
    [("embedded", 50), pytest.param("servers", 12, marks=pytest.mark.postgres)],
    indirect=["places"],
)
def test_a_kill_at_any_moment_leaves_no_half_document_and_loses_none(places, kills, tmp_path):
    print(f"seed {SEED}")  # noqa: T201
    rng = random.Random(SEED)
    context = killed.forked()
    expected = Expected(tmp_path / "journal")
    (tmp_path / "files").mkdir()
    for number in range(kills):
        opened = context.Event()
        child = context.Process(
            target=killed.work, args=(places, tmp_path / "journal", tmp_path / "files", SEED + number, opened)
        )
        child.start()
        if number % 5:  # else it is killed while the library opens, and sweeps
            assert opened.wait(60)
            time.sleep(rng.uniform(0.0, 1.0))
        else:
            time.sleep(rng.uniform(0.0, 0.5))
        assert child.is_alive()
        child.kill()
        child.join()
        library = killed.open_library(places)
        check(library, expected, expected.update())
        library.close()
    print(dict(expected.counts))  # noqa: T201
    assert sum(count for (_, done), count in expected.counts.items() if done) > kills

"""Archives are read file by file, within limits."""

import bz2
import gzip
import io
import tarfile
import zipfile

import pytest

from knowledge.errors import UnreadableFile
from knowledge.loaders import options
from knowledge.loaders.formats import load


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def parts(content) -> list[tuple[str | None, tuple[str, ...], str]]:
    return [(s.place.part, s.headings, content.text[s.start : s.end].strip()) for s in content.sections]


def test_files_keep_their_order_their_places_and_their_rows():
    content = load("a.zip", packed({"b/keys.md": b"# Keys\n\nGreen.\n", "a.jsonl": b'{"room": 12}\n'}))
    assert parts(content) == [("b/keys.md", ("Keys",), "Green."), ("a.jsonl", ("a.jsonl",), "room: 12")]
    assert [(content.text[a.start : a.end], a.row) for a in content.anchors] == [("room: 12", 1)]


def test_a_page_of_headings_alone_is_not_lost():
    content = load("a.zip", packed({"a.html": b"<h1>Closed on Sundays</h1>"}))
    assert parts(content) == [("a.html", ("Closed on Sundays",), "Closed on Sundays")]


def test_archives_inside_of_archives_are_read_to_a_depth():
    inner = packed({"note.txt": b"Deep."})
    assert parts(load("a.zip", packed({"in/b.zip": inner})))[0][0] == "in/b.zip > note.txt"
    for _ in range(5):
        inner = packed({"b.zip": inner})
    with pytest.raises(UnreadableFile, match="unpack it first"):
        load("a.zip", inner)


def test_names_are_only_names():
    content = load("a.zip", packed({"../../etc/evil.txt": b"Words.", "C:\\evil.txt": b"More."}))
    assert [part for part, _, _ in parts(content)] == ["../../etc/evil.txt", "C:\\evil.txt"]


def test_hidden_files_are_skipped_and_others_counted():
    files = {
        "a.txt": b"A.",
        ".b.txt": b"B",
        "__MACOSX/a.txt": b"C",
        "d.bin": bytes(range(256)),
        "e.bin": bytes(range(256)),
    }
    content = load("a.zip", packed(files))
    assert len(content.sections) == 1
    assert content.notes == (
        "2 files are of kinds that are not read (.bin): save as PDF what is wanted of them",
    )  # fmt: skip


def test_an_archive_in_which_nothing_can_be_read_is_refused():
    with pytest.raises(UnreadableFile, match=r"no file in it can be read: a\.txt is empty"):
        load("a.zip", packed({"a.txt": b""}))


def test_what_unpacks_to_too_much_is_refused_though_it_lies_inside(monkeypatch):
    monkeypatch.setattr(options, "UNPACKED", 10**6)
    half = packed({"a.txt": b"a" * 600_000})
    assert len(load("a.zip", half).text) > 600_000
    with pytest.raises(UnreadableFile, match="unpacks to more than"):
        load("a.zip", packed({"a.zip": half, "b.zip": half}))
    with pytest.raises(UnreadableFile, match="unpacks to more than"):
        load("a.txt.gz", gzip.compress(b"a" * 2 * 10**6))


def test_too_many_files_are_refused(monkeypatch):
    monkeypatch.setattr(options, "MEMBERS", 2)
    with pytest.raises(UnreadableFile, match="more than 2 files"):
        load("a.zip", packed({f"{i}.txt": b"A." for i in range(3)}))


def test_encrypted_files_want_a_password():
    # The standard library cannot write encrypted files: only the mark that one is encrypted is set.
    data = bytearray(packed({"a.txt": b"A.", "b.txt": b"B."}))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    data[6] |= 1
    content = load("a.zip", bytes(data))
    assert content.notes == ("a.txt cannot be read: it is encrypted: give the password (`--password`)",)
    assert parts(content) == [("b.txt", ("b.txt",), "B.")]


def test_a_damaged_archive_is_refused():
    with pytest.raises(UnreadableFile, match="damaged"):
        load("a.zip", packed({"a.txt": b"A."})[:-10])


def test_tar_gzip_and_bzip_are_read():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        entry = tarfile.TarInfo("in/a.md")
        entry.size = 2
        archive.addfile(entry, io.BytesIO(b"A."))
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    for name in ("a.tar.gz", "a.tgz"):
        assert parts(load(name, out.getvalue())) == [("in/a.md", ("in/a.md",), "A.")]
    assert load("a.txt.bz2", bz2.compress(b"Words.")).text == "Words."

"""Backups that are damaged, or made by somebody who means harm."""

import gzip
import hashlib
import io
import json
import tarfile

import pytest

from assistant.backup.manifest import NAME
from assistant.backup.restoring import restore
from assistant.errors import BadInput

POLICY = b"max_characters = 900\n"


def member(name, data=POLICY, **other):
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    for key, value in other.items():
        setattr(entry, key, value)
    return entry, data


def manifest(held, **other):
    rows = {name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for name, data in held.items()}
    row = {"product": "apprentice", "form": 1, "made": "2026-01-01", "left_out": [], "files": rows, **other}
    return member(NAME, json.dumps(row).encode())


@pytest.fixture
def pack(tmp_path):
    """Pack members into a backup; gives the file and a home to restore it to."""

    def packed(*members):
        file = tmp_path / "backup.tar.gz"
        with tarfile.open(file, "w:gz") as tar:
            for entry, data in members:
                tar.addfile(entry, io.BytesIO(data) if entry.isreg() else None)
        return file, tmp_path / "home"

    return packed


def test_a_backup_is_restored_for_its_owner_alone(pack):
    file, home = pack(manifest({"policy.toml": POLICY}), member("policy.toml"))
    restore(file, home)
    assert (home / "policy.toml").read_bytes() == POLICY
    assert (home.stat().st_mode & 0o777, (home / "policy.toml").stat().st_mode & 0o777) == (0o700, 0o600)


@pytest.mark.parametrize(
    "path",
    ["../policy.toml", "/etc/passwd", "heads/../../x", "heads//x", "heads/./x", "elsewhere", "heads\\..\\x", "", "."],
)
def test_a_path_that_leads_out_of_the_home_is_refused(pack, path, tmp_path):
    file, home = pack(manifest({path: POLICY}), member(path))
    with pytest.raises(BadInput, match="refused"):
        restore(file, home)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_links_and_devices_are_refused(pack, kind, tmp_path):
    entry, _ = member("policy.toml", b"", type=kind, linkname="/etc/passwd")
    file, home = pack(manifest({"policy.toml": POLICY}), (entry, b""))
    with pytest.raises(BadInput, match="no plain file"):
        restore(file, home)
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_was_changed_is_refused(pack, tmp_path):
    file, home = pack(manifest({"policy.toml": POLICY}), member("policy.toml", POLICY.replace(b"9", b"8")))
    with pytest.raises(BadInput, match=r"policy\.toml is not what it was"):
        restore(file, home)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ([manifest({"policy.toml": POLICY})], "1 of its files are not in it"),
        ([manifest({"policy.toml": POLICY}), member("policy.toml", POLICY * 2)], "not as large"),
        ([manifest({}), member("policy.toml")], "does not name"),
        ([manifest({"policy.toml": POLICY}), member("policy.toml"), member("policy.toml")], "twice"),
        ([member("policy.toml")], "does not begin with a manifest"),
        ([], "does not begin with a manifest"),
        ([manifest({}, form=99)], "later version"),
        ([manifest({}, product="other")], "no backup of Apprentice"),
        ([member(NAME, b"{")], "cannot be read"),
        ([member(NAME, b"[" * 100000)], "cannot be read"),
        ([manifest({}, files={"policy.toml": {"sha256": "", "size": 2**60}})], "free some space"),
    ],
)
def test_what_is_wrong_with_a_backup_is_told_in_one_line(pack, members, told, tmp_path):
    file, home = pack(*members)
    with pytest.raises(BadInput, match=told) as error:
        restore(file, home)
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == [file]


def test_a_backup_that_is_cut_off_or_garbled_at_any_place_is_refused(pack, tmp_path):
    data = bytes(range(256)) * 40
    file, home = pack(manifest({"heads/x.npz": data}), member("heads/x.npz", data))
    whole = file.read_bytes()
    for at in range(1, len(whole) - 8, len(whole) // 12):
        for broken in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]):
            file.write_bytes(broken)
            try:
                restore(file, home)
            except BadInput:
                assert list(tmp_path.iterdir()) == [file]
            else:  # a bit that means nothing, such as one of gzip's time
                assert (home / "heads" / "x.npz").read_bytes() == data
                (home / "heads" / "x.npz").unlink()
                (home / "heads").rmdir()
                home.rmdir()


@pytest.mark.parametrize("data", [b"", b"no archive at all", gzip.compress(b"no tar"), b"\x1f\x8b"])
def test_a_file_that_is_no_backup_is_told_in_one_line(tmp_path, data):
    file = tmp_path / "letter"
    file.write_bytes(data)
    with pytest.raises(BadInput):
        restore(file, tmp_path / "home")
    with pytest.raises(BadInput, match="cannot be read"):
        restore(tmp_path / "none", tmp_path / "home")

"""Archives are measured before anything unpacks them."""

import io
import struct
import zipfile

import pytest

from knowledge.errors import UnreadableFile
from knowledge.loaders import packages
from knowledge.loaders.options import Options, Room, TooLarge
from knowledge.loaders.packages import open_package, parse_xml, read_part


def archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


def small_room(size: int) -> Options:
    room = Room()
    room._size = size
    return Options(room=room)


def test_parts_are_read_by_name():
    opened = open_package(archive({"a": b"one"}), Options())
    assert (read_part(opened, "a"), read_part(opened, "b")) == (b"one", None)


def test_an_archive_that_unpacks_to_too_much_is_refused():
    with pytest.raises(TooLarge, match="split it"):
        open_package(archive({"a": bytes(2**20)}), small_room(2**19))


def test_a_size_that_lies_is_measured():
    data = bytearray(archive({"a": bytes(2**20)}))
    listed = data.rindex(b"PK\x01\x02")
    data[listed + 24 : listed + 28] = struct.pack("<I", 10)
    with pytest.raises(TooLarge):
        open_package(bytes(data), small_room(2**19))


def test_too_many_files_are_refused(monkeypatch):
    monkeypatch.setattr(packages, "ENTRIES", 3)
    with pytest.raises(UnreadableFile, match="more than 3 files"):
        open_package(archive({str(i): b"" for i in range(4)}), Options())


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", archive({"a": b"x"})[:-30]], ids=["nothing", "a head", "no end"])
def test_a_damaged_archive_is_refused(data):
    with pytest.raises(UnreadableFile, match="damaged"):
        open_package(data, Options())


def test_xml_that_expands_without_end_is_refused():
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(UnreadableFile, match="damaged"):
        parse_xml(f"<!DOCTYPE x [{entities}]><x>&i;</x>".encode())

"""E-mails of Outlook are read like any others."""

import struct
from itertools import pairwise

import pytest

from knowledge.errors import UnreadableFile
from knowledge.loaders.formats import load

SECTOR = 512
NONE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def store(data: bytes, body: bytearray, chains: list[int], size: int) -> int:
    """Add data to a row of sectors; return the first of them."""
    first = len(chains)
    count = -(-len(data) // size)
    chains.extend([*range(first + 1, first + count), END])
    body.extend(data.ljust(count * size, b"\0"))
    return first


def compound(tree: dict[str, object]) -> bytes:
    """Write a compound file: small streams are bytes, folders are dictionaries."""
    entries: list[list[object]] = []
    small, small_chains = bytearray(), []
    body, chains = bytearray(), []

    def add(name: str, node: object) -> int:
        number = len(entries)
        entries.append([name, 5 if not number else 1 if isinstance(node, dict) else 2, NONE, NONE, END, 0])
        if isinstance(node, dict):
            inner = [add(*item) for item in sorted(node.items(), key=lambda item: (len(item[0]), item[0]))]
            entries[number][3] = inner[0] if inner else NONE
            for left, right in pairwise(inner):
                entries[left][2] = right
        elif isinstance(node, bytes):
            entries[number][4:] = [store(node, small, small_chains, 64), len(node)]
        return number

    add("Root Entry", tree)
    entries[0][4:] = [store(bytes(small), body, chains, SECTOR), len(small)]
    small_table = store(numbers(small_chains), body, chains, SECTOR)
    listed = b""
    for name, kind, right, child, first, size in entries:
        wide = str(name).encode("utf-16-le")
        listed += wide.ljust(64, b"\0") + struct.pack("<HBB3I", len(wide) + 2, kind, 1, NONE, right, child)
        listed += b"\0" * 36 + struct.pack("<IQ", first, size)
    start = store(listed, body, chains, SECTOR)
    at = len(chains)
    fat = numbers([*chains, TABLE])
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, 1, start, 0, 4096, small_table, 1, END, 0)
    return header + struct.pack("<109I", at, *[NONE] * 108) + bytes(body) + fat


def numbers(chains: list[int]) -> bytes:
    return struct.pack(f"<{len(chains)}I", *chains).ljust(SECTOR, b"\xff")


def properties(header: int, values: dict[int, object]) -> dict[str, object]:
    """Write the properties of a message or an attachment, texts and bytes."""
    streams: dict[str, object] = {}
    table = b"\0" * header
    for number, value in values.items():
        kind = 3 if isinstance(value, int) else 0x1F if isinstance(value, str) else 0x102
        data = value.encode("utf-16-le") if isinstance(value, str) else value
        size = value if isinstance(value, int) else len(data) + (2 if kind == 0x1F else 0)
        table += struct.pack("<HHIII", kind, number, 6, size, 0)
        if not isinstance(value, int):
            streams[f"__substg1.0_{number:04X}{kind:04X}"] = data
    return {"__properties_version1.0": table, **streams}


def message(attached: bytes) -> bytes:
    note = {0x3707: "menu.md", 0x3701: attached, 0x3705: 1}
    told = {0x0037: "Tea at five", 0x0C1A: "Ada", 0x0C1F: "ada@example.com", 0x1000: "See you.\r\nAda"}
    tree = properties(32, told) | {"__attach_version1.0_#00000000": properties(8, note)}
    return compound(tree)


def test_the_body_and_the_attachments_of_a_message_are_read():
    content = load("a.msg", message(b"# Menu\n\nGreen."))
    assert content.title == "Tea at five"
    assert content.text.startswith('From: "Ada" <ada@example.com>\nSubject: Tea at five\n\nSee you.\nAda')
    last = content.sections[-1]
    assert (last.place.part, last.headings) == ("attachment menu.md", ("Menu",))


def test_a_message_is_known_by_its_bytes():
    assert load("a.bin", message(b"Green.")).title == "Tea at five"


def test_a_damaged_message_is_refused():
    nameless = compound(properties(32, {0x1000: "See you."}) | {"__attach_version1.0_#00000000": {"x": b"1"}})
    for data in (message(b"Green.")[:700], nameless):
        with pytest.raises(UnreadableFile, match="it is damaged: open it in Outlook and save it again"):
            load("a.msg", data)

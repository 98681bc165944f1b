"""Documents for pretraining come from files, rows and folders."""

import json

import pytest

from finetune.errors import BadInput
from finetune.formats.documents import Document, documents


def test_a_folder_is_read_in_order_and_other_files_are_passed_over(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name in ("b/one.md", "a.txt", ".hidden/no.txt", "picture.png", "empty.txt"):
        (tmp_path / name).write_text("" if name == "empty.txt" else f"text of {name}")
    assert documents(tmp_path) == [Document("a.txt", "text of a.txt"), Document("b/one.md", "text of b/one.md")]


def test_rows_with_a_text_are_a_document_each(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps({"text": text}) for text in ("one", " ", "two")))
    assert documents(path) == [Document("rows.jsonl:1", "one"), Document("rows.jsonl:3", "two")]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.txt", b"caf\xe9", r"a\.txt:1: the byte 0xE9 is not UTF-8"),
        ("a.txt", b"\0\0", r"a\.txt: this is not a text file"),
        ("a.txt", b" ", "holds no documents"),
        ("a.jsonl", b'{"text": "a"}\n{"texts": "b"}', r"a\.jsonl:2: a document needs its words"),
        ("a.jsonl", b"{", r"a\.jsonl:1: not JSON"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, name, content, complaint):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=complaint):
        documents(tmp_path / name)


def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        documents(tmp_path / "missing.txt")
    with pytest.raises(BadInput, match="holds no documents"):
        documents(tmp_path)

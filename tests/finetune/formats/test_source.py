"""Files are read by what is in them: packed or not, with a mark at the beginning or not."""

import gzip
import json

import pytest

from finetune.errors import BadInput

ROW = {"prompt": "grüß dich", "completion": "hello"}
TABLE = "prompt,completion\ngrüß dich,hello\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", json.dumps(ROW).encode()),
        ("a.jsonl", b"\xef\xbb\xbf" + json.dumps(ROW, ensure_ascii=False).encode()),
        ("a.jsonl.gz", gzip.compress(json.dumps(ROW).encode(), mtime=0)),
        ("a.json", json.dumps([ROW]).encode()),
        ("a.csv", TABLE.encode()),
        ("a.csv", TABLE.encode("utf-16")),
        ("a.csv.gz", gzip.compress(TABLE.encode(), mtime=0)),
        ("a.tsv", TABLE.replace(",", "\t").encode()),
    ],
)
def test_the_same_row_comes_out_of_every_kind_of_file(file, name, content):
    (row,) = file(name, content).rows
    assert (row.prompt[0]["content"], row.answer) == ("grüß dich", "hello")


def test_parquet_is_read_and_its_rows_are_numbered(tmp_path, file):
    import pyarrow
    from pyarrow import parquet

    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    parquet.write_table(pyarrow.table({"messages": [messages, messages[:1]]}), tmp_path / "b.parquet")
    found = file("a.parquet", (tmp_path / "b.parquet").read_bytes())
    assert (found.rows[0].answer, [problem.line for problem in found.problems]) == ("hello", [2])


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.jsonl.gz", gzip.compress(b"{}" * 100, mtime=0)[:-9], "damaged"),
        ("a.parquet", b"PAR1 and no more", "this Parquet file is damaged"),
        ("a.xlsx", b"PK\x03\x04\x00\x00", "not a text file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(file, name, content, complaint):
    with pytest.raises(BadInput, match=complaint):
        file(name, content)


def test_a_missing_file_and_a_folder_are_refused(tmp_path, file):
    from finetune.formats import dataset

    for path in (tmp_path / "missing.jsonl", tmp_path):
        with pytest.raises(BadInput, match="cannot be read"):
            dataset.read(path)

"""CSV and TSV files become rows that name their columns, whoever wrote them."""

import pytest

from knowledge.documents import Location
from knowledge.loaders.delimited import load
from knowledge.loaders.options import Options


def text(data: bytes | str) -> str:
    return load(data.encode() if isinstance(data, str) else data, Options()).text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(delimiter):
    rows = [["Item", "Price"], ["Pen, blue" if delimiter != "," else "Pen", "2"], ["Ink", "9"]]
    written = "\n".join(delimiter.join(row) for row in rows)
    assert text(written) == f"Item: {rows[1][0]}; Price: 2\nItem: Ink; Price: 9"


def test_excels_line_that_names_the_delimiter_is_obeyed_and_counted_as_a_row():
    content = load(b"sep=;\na,b;c,d\n1,5;2,5\n", Options())
    assert content.text == "a,b: 1,5; c,d: 2,5"
    assert content.anchors[0].row == 3


def test_a_cell_of_several_lines_is_one_line_of_text_and_one_row():
    content = load(b'name,note\nAda,"first\nsecond"\nBob,x\n', Options())
    assert content.text == "name: Ada; note: first second\nname: Bob; note: x"
    assert [anchor.row for anchor in content.anchors] == [2, 3]


def test_rows_of_too_few_and_too_many_cells_are_kept():
    assert text("a,b\n1\n1,2,3\n") == "a: 1\na: 1; b: 2; 3"


def test_numbers_over_words_are_names_of_columns():
    assert text("1,2\nx,y\nz,w\n") == "1: x; 2: y\n1: z; 2: w"


def test_rows_of_figures_alone_have_no_head():
    assert text("1,2\n3,4\n5,6\n") == "1 | 2\n3 | 4\n5 | 6"


def test_a_single_column_names_its_rows():
    assert text("Industry\nCars\nHealth\n") == "Industry: Cars\nIndustry: Health"


def test_a_title_above_the_names_is_a_heading():
    content = load(b"Staff of 2024\n\nName,Desk\nAda,4\nBob,5\n", Options())
    assert content.text == "Staff of 2024\n\nName: Ada; Desk: 4\nName: Bob; Desk: 5"
    assert content.sections[-1].headings == ("Staff of 2024",)


def test_empty_lines_do_not_lose_the_names_of_the_columns():
    assert text("Name,Team\nAda,Sales\n\n\n\n\n\nBob,Legal\n").endswith("Name: Bob; Team: Legal")


def test_a_quotation_mark_that_nothing_closes_swallows_no_rows():
    rows = "".join(f"n{i},v{i}\n" for i in range(500))
    assert "name: n499; value: v499" in text(f'name,value\n"loose,1\n{rows}')


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings_of_spreadsheet_programs_are_read(encoding):
    assert text("Straße;Größe\nAllee;5\n".encode(encoding)) == "Straße: Allee; Größe: 5"


def test_japanese_as_older_windows_writes_it_is_read():
    assert text("名前,住所\n佐藤太郎,東京\n三木英子,大阪\n".encode("cp932")).startswith("名前: 佐藤太郎; 住所: 東京")


def test_what_is_too_long_is_said_to_be_cut(monkeypatch):
    monkeypatch.setattr("knowledge.loaders.delimited.ROWS", 10)
    content = load(b"a,b\n" + b"1,2\n" * 20, Options())
    assert content.notes
    assert "split it" in content.notes[0]
    assert content.sections[0].place == Location()

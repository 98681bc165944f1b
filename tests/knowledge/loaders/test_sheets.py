"""Workbooks become rows that name their columns, with sheet and row, as their readers see them."""

import datetime
import io
import zipfile

import pytest
import xlsxwriter

from knowledge.chunking import split
from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.loaders.options import Options
from knowledge.loaders.sheets import load

STAFF = [["Name", "Team", "Days"], ["Ada", "Sales", 30], ["Bob", "Legal", 27.5]]
ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="Staff">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
)


class Book:
    """A workbook in the making."""

    def __init__(self) -> None:
        self._out = io.BytesIO()
        self.book = xlsxwriter.Workbook(self._out, {"in_memory": True})

    def sheet(self, name: str, rows: list[list[object]], top: int = 0):
        sheet = self.book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(top + number, 0, row)
        return sheet

    def data(self) -> bytes:
        self.book.close()
        return self._out.getvalue()

    def read(self) -> Content:
        return load(self.data(), Options(name="a.xlsx"))


def ods(rows: str, manifest: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(rows=rows))
        archive.writestr("META-INF/manifest.xml", f"<manifest>{manifest}</manifest>")
    return out.getvalue()


def words(texts):
    """Tokens of about four characters."""
    return [[(i, min(i + 4, len(text))) for i in range(0, len(text), 4)] for text in texts]


def test_a_row_keeps_its_head_its_sheet_and_its_number():
    book = Book()
    book.sheet("Staff", STAFF, top=4)
    content = book.read()
    assert content.text == "Staff\n\nName: Ada; Team: Sales; Days: 30\nName: Bob; Team: Legal; Days: 27.5"
    assert [anchor.row for anchor in content.anchors] == [6, 7]
    assert content.sections[0].place.sheet == "Staff"


def test_every_passage_of_a_long_sheet_has_the_names_of_its_columns_and_its_rows():
    book = Book()
    book.sheet("Prices", [["Article", "Price"], *([f"Article {i}", i * 10] for i in range(1, 201))])
    content = book.read()
    pieces = split(content, "prices.xlsx", words, 100)
    found = next(piece for piece in pieces if "Article 150;" in content.text[piece.start : piece.end])
    assert "Article: Article 150; Price: 1500" in content.text[found.start : found.end]
    assert found.location.sheet == "Prices"
    assert found.location.rows[0] <= 151 <= found.location.rows[1]
    assert all(content.text[piece.start : piece.end].startswith("Article: ") for piece in pieces)


def test_values_are_written_as_a_person_would_read_them():
    book = Book()
    sheet = book.sheet("A", [[None, "Value"]])
    day = book.book.add_format({"num_format": "yyyy-mm-dd"})
    time = book.book.add_format({"num_format": "hh:mm"})
    sheet.write_datetime(1, 1, datetime.datetime(2024, 3, 1), day)
    sheet.write_datetime(2, 1, datetime.datetime(2024, 3, 1, 14, 30), day)
    sheet.write_number(3, 1, 0.5, time)
    for row, value in enumerate([40.0, 0.1 + 0.2, True, -3], start=4):
        sheet.write(row, 1, value)
    lines = book.read().text.split("\n\n")[1].split("\n")
    assert lines == ["Value", "2024-03-01", "2024-03-01 14:30", "12:00", "40", "0.3", "TRUE", "-3"]


def test_hidden_and_empty_sheets_and_sheets_of_charts_are_left_out():
    book = Book()
    book.sheet("Staff", STAFF)
    book.sheet("Secret", [["x"]]).hide()
    book.sheet("Empty", [])
    chart = book.book.add_chart({"type": "line"})
    chart.add_series({"values": "=Staff!$C$2:$C$3"})
    book.book.add_chartsheet("Chart").set_chart(chart)
    assert {section.place.sheet for section in book.read().sections} == {"Staff"}


def test_merged_cells_reach_over_the_columns_and_rows_that_they_cover():
    book = Book()
    sheet = book.sheet("A", [["Team", "Days", ""], ["", "2023", "2024"], ["Sales", 1, 2], ["", 3, 4]])
    sheet.merge_range(0, 0, 1, 0, "Team")
    sheet.merge_range(0, 1, 0, 2, "Days")
    sheet.merge_range(2, 0, 3, 0, "Sales")
    assert book.read().text.split("\n\n")[1] == (
        "Team: Sales; Days 2023: 1; Days 2024: 2\nTeam: Sales; Days 2023: 3; Days 2024: 4"
    )


def test_comments_stand_with_their_row():
    book = Book()
    sheet = book.sheet("Staff", STAFF)
    sheet.write_comment("C2", "Part of it unpaid", {"author": "HR"})
    assert "Days: 30\nComment on C2 by HR: Part of it unpaid\nName: Bob" in book.read().text


def test_text_in_shapes_is_read():
    book = Book()
    book.sheet("Staff", STAFF).insert_textbox(10, 1, "Ask before printing")
    assert book.read().text.endswith("\n\nAsk before printing")


def test_a_cell_far_away_costs_no_memory_and_is_named():
    book = Book()
    book.sheet("Staff", STAFF).write(1048575, 16383, "stray")
    content = book.read()
    assert "Name: Ada; Team: Sales; Days: 30" in content.text
    assert "Staff" in content.notes[0]
    assert "delete them" in content.notes[0]


def test_what_is_beyond_the_limit_is_named(monkeypatch):
    monkeypatch.setattr("knowledge.loaders.sheets.CELLS", 6)
    book = Book()
    book.sheet("One", STAFF)
    book.sheet("Two", STAFF)
    content = book.read()
    assert "Two" not in content.text
    assert any("not read" in note for note in content.notes)


def test_an_opendocument_sheet_is_read():
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    row = "<table:table-row>{}</table:table-row>"
    rows = "".join(row.format("".join(cell.format(value) for value in values)) for values in STAFF)
    content = load(ods(rows), Options(name="a.ods"))
    assert content.text == "Staff\n\nName: Ada; Team: Sales; Days: 30\nName: Bob; Team: Legal; Days: 27.5"


def test_an_opendocument_sheet_that_reaches_too_far_is_refused_with_what_to_do():
    cell = '<table:table-cell table:number-columns-repeated="{}" office:value-type="string">{}</table:table-cell>'
    row = '<table:table-row table:number-rows-repeated="{}">{}</table:table-row>'
    rows = row.format(1048576, cell.format(16384, "<text:p>x</text:p>"))
    with pytest.raises(UnreadableFile, match=r"far away.*delete"):
        load(ods(rows), Options(name="a.ods"))


def test_an_encrypted_opendocument_sheet_is_refused_with_what_to_do():
    with pytest.raises(UnreadableFile, match="save a copy without"):
        load(ods("", "<encryption-data/>"), Options(name="a.ods"))


def test_text_under_the_name_of_an_old_workbook_is_read():
    assert load(b"Name\tDays\nAda\t30\n", Options(name="export.xls")).text == "Name: Ada; Days: 30"


@pytest.mark.parametrize(
    "data", [b"this is no workbook", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600]
)
def test_a_damaged_workbook_is_refused_with_what_to_do(data):
    with pytest.raises(UnreadableFile, match=r"damaged.*save it again"):
        load(data, Options(name="a.xlsx"))

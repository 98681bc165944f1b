"""A PDF is read as a person reads its pages, and each line knows where it stands."""

import io

import pypdfium2
import pytest
from PIL import Image, ImageChops

from knowledge.errors import UnreadableFile
from knowledge.loaders.drawing import page_picture
from knowledge.loaders.options import Options
from knowledge.loaders.pdf import load
from knowledge.loaders.pdf_lines import read_lines
from tests.knowledge.loaders.pdfs import Sheet, bold, picture_of, sheet_of, write

PROSE = (
    "Whoever finds a key brings it to the front desk without delay, and the desk writes",
    "down where and when it was found. Keys that nobody asks for are kept for a year in",
    "the safe of the house, and then they are melted down by the smith of the town.",
)


def read(*sheets, **rest):
    return load(write(list(sheets), **rest), Options("a.pdf"))


def lines(content):
    return content.text.split("\n")


def headings(content):
    return [section.headings for section in content.sections]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", ["", "/CropBox [30 100 500 760]"])
def test_a_box_lies_on_its_line_in_the_picture_of_the_page(rotate, crop):
    data = write([Sheet([(80, 300, "Keys hang by the door.")], rotate, crop)])
    (anchor,) = load(data, Options("a.pdf")).anchors
    picture = Image.open(io.BytesIO(page_picture(data, 1, []))).convert("L")
    ink = ImageChops.invert(picture).point(lambda shade: 255 * (shade > 60)).getbbox()
    box = [share * size for share, size in zip(anchor.box, picture.size * 2, strict=True)]
    assert all(abs(one - other) <= 4 for one, other in zip(ink, box, strict=True))


def test_each_anchor_spans_its_line():
    content = read(sheet_of(*PROSE))
    assert [content.text[anchor.start : anchor.end] for anchor in content.anchors] == list(PROSE)


def test_lines_of_a_sentence_are_joined():
    assert read(sheet_of(*PROSE)).text == " ".join(PROSE)


def test_a_gap_begins_a_paragraph():
    content = read(sheet_of("First things first.", "", "", "Then comes the rest."))
    assert content.text == "First things first.\n\nThen comes the rest."


def test_a_word_that_a_hyphen_cuts_is_whole():
    content = read(sheet_of("The house keeps a refer-", "ence of all keys in the cellar."))
    assert content.text == "The house keeps a reference of all keys in the cellar."


@pytest.mark.parametrize(
    ("elsewhere", "before", "after", "word"),
    [
        ("This is well-known.", "well", "known", "well-known"),
        ("A time for each part of it.", "part", "time", "part-time"),
        ("The database is large, and data has a base.", "data", "base", "database"),
        ("Come in, and use formation flight.", "in", "formation", "information"),
        ("Nothing is said of it.", "Anglo", "Saxon", "Anglo-Saxon"),
    ],
)
def test_a_word_cut_at_its_own_hyphen_keeps_it_where_the_document_says_so(elsewhere, before, after, word):
    content = read(sheet_of(elsewhere, "", "", f"The house has a {before}-", f"{after} of all keys in the cellar."))
    assert content.text == f"{elsewhere}\n\nThe house has a {word} of all keys in the cellar."
    assert [content.text[anchor.start : anchor.end] for anchor in content.anchors][1].endswith(word)


def test_letters_of_one_glyph_keep_their_order_in_a_line_from_right_to_left():
    lam_alef = "06440627"
    assert read(Sheet([(80, 100, "BAB", 20, "U")]), map_a=lam_alef).text == "بلاب"


def test_a_protected_file_asks_for_its_password():
    data = write([sheet_of("The safe opens at noon.")], password="sesame")
    with pytest.raises(UnreadableFile, match="protected by a password: give it with --password"):
        load(data, Options("a.pdf"))
    with pytest.raises(UnreadableFile, match="the password is not the right one"):
        load(data, Options("a.pdf", password="simsim"))
    assert load(data, Options("a.pdf", password="sesame")).text == "The safe opens at noon."


def test_the_outline_gives_the_headings():
    pages = sheet_of("Keys", *PROSE), sheet_of("2. Doors", *PROSE)
    content = read(*pages, outline=[("Keys", 0), ("Doors", 1)])
    assert headings(content) == [("Keys",), ("Doors",)]


def test_larger_letters_are_headings():
    page = Sheet([(60, 60, "House rules", 24), (60, 100, "Keys and", 16), (60, 118, "doors", 16)])
    page.lines += sheet_of(*PROSE, top=140).lines
    content = read(page)
    assert headings(content)[-1] == ("House rules", "Keys and doors")
    assert content.title == "House rules"


def test_a_page_of_large_letters_only_has_no_headings():
    assert headings(read(Sheet([(60, 60, "Sale today", 40), (60, 120, "come in", 36)]))) == [()]


def test_columns_that_are_drawn_line_by_line_are_read_one_after_the_other():
    left = [f"left line {i} goes all the way" for i in range(12)]
    right = [f"right line {i} goes all the way" for i in range(12)]
    rows = [{60: a + " across the page", 320: b} for a, b in zip(left, right, strict=True)]
    content = read(sheet_of(*rows))
    assert content.text.index("left line 11") < content.text.index("right line 0")


def test_rows_of_a_table_name_their_columns():
    rows = {60: "Room", 200: "Seats", 300: "Price"}, {60: "Blue room", 200: "12", 300: "40 €"}
    content = read(sheet_of("Rooms to let", "", *rows, {60: "Hall", 200: "90", 300: "300 €"}))
    assert lines(content)[-2:] == [
        "Room: Blue room; Seats: 12; Price: 40 €",
        "Room: Hall; Seats: 90; Price: 300 €",
    ]


def test_a_row_of_a_table_has_the_box_of_the_row():
    rows = {60: "Room", 200: "Seats", 300: "Price"}, {60: "Blue room", 200: "12", 300: "40 €"}, {60: "Hall", 300: "9"}
    content = read(sheet_of(*rows))
    left, top, right, bottom = content.anchors[0].box
    assert left == pytest.approx(60 / 600, abs=0.01)
    assert right > 300 / 600
    assert top < 116 / 800 < bottom + 0.005


def test_an_empty_cell_does_not_shift_the_others():
    rows = {60: "Room", 200: "Seats", 300: "Price"}, {60: "Hall", 300: "300"}, {200: "12", 300: "40"}
    assert lines(read(sheet_of(*rows))) == ["Room: Hall; Price: 300", "Seats: 12; Price: 40"]


def test_rows_may_have_labels_without_a_head():
    rows = {250: "2021", 350: "2020"}, {60: "Revenue", 250: "1,200", 350: "1,100"}, {60: "Costs", 250: "800", 350: "7"}
    assert lines(read(sheet_of(*rows))) == ["Revenue; 2021: 1,200; 2020: 1,100", "Costs; 2021: 800; 2020: 7"]


def test_a_cell_may_go_on_in_the_next_line():
    head = {60: "No", 120: "Film", 300: "Price"}
    rows = [head, {60: "1", 120: "Winter", 300: "9"}, {120: "(two hours)"}, {60: "2", 120: "Summer", 300: "8"}]
    assert lines(read(sheet_of(*rows))) == [
        "No: 1; Film: Winter (two hours); Price: 9",
        "No: 2; Film: Summer; Price: 8",
    ]


def test_a_bold_row_heads_a_table_of_words():
    page = bold(sheet_of({60: "Who", 200: "Where", 300: "When"}, {60: "Ann", 200: "Hall", 300: "noon"}, {60: "Bob"}), 0)
    page.lines += [(200, 132, "Attic"), (300, 132, "night")]
    assert lines(read(page)) == ["Who: Ann; Where: Hall; When: noon", "Who: Bob; Where: Attic; When: night"]


def test_words_that_happen_to_stand_apart_are_no_table():
    rows = {60: "Yours", 200: "Ann", 300: "Smith"}, {60: "Theirs", 200: "Bob", 300: "Miller"}, {60: "A", 200: "B"}
    assert lines(read(sheet_of(*rows))) == ["Yours Ann Smith", "Theirs Bob Miller", "A B"]


def test_what_runs_along_all_pages_is_kept_once_and_page_numbers_are_not():
    pages = [sheet_of(*PROSE, f"This is what page {i} says.", top=200) for i in ("one", "two", "three", "four")]
    for i, page in enumerate(pages):
        page.lines += [(60, 40, "House rules of 1999"), (300, 780, f"Page {i + 1} of 4")]
    content = read(*pages)
    assert content.text.count("House rules of 1999") == 1
    assert "Page 2 of 4" not in content.text
    assert all(f"page {i} says" in content.text for i in ("one", "two", "three", "four"))


def test_numbers_on_pages_that_count_nothing_stay():
    pages = [Sheet([(60, 40, f"Form {number}"), (60, 300, "Fill in.")]) for number in (17, 4, 99)]
    assert [number for number in ("17", "4", "99") if number in read(*pages).text] == ["17"]
    unlike = [
        Sheet([(60, 40, f"{word} {n}"), (60, 300, "Fill in.")]) for word, n in (("Ann", 17), ("Bob", 4), ("Cy", 9))
    ]
    assert [name for name in ("Ann 17", "Bob 4", "Cy 9") if name in read(*unlike).text] == ["Ann 17", "Bob 4", "Cy 9"]


def test_what_was_written_into_a_form_stands_beside_its_label():
    page = Sheet([(60, 100, "Name:"), (60, 140, "Signed at noon.")], filled=(120, 100, "Ann Smith"))
    assert "Name: Ann Smith" in read(page).text


def test_an_attachment_is_named():
    assert read(sheet_of("See the budget."), attached="budget.xlsx").notes == (
        "budget.xlsx, attached to it, was not read: save it and add it by itself",
    )


def test_a_damaged_file_is_refused():
    with pytest.raises(UnreadableFile, match="damaged: print it to a new PDF"):
        load(b"%PDF-1.4\nno more than this", Options("a.pdf"))


def test_a_scan_without_tesseract_is_refused_with_what_to_do(no_tesseract):
    with pytest.raises(UnreadableFile, match="no text layer, as scans do not: install Tesseract"):
        read(Sheet(picture=picture_of("Keys")))


def test_scanned_pages_among_others_are_named(no_tesseract):
    pages = [
        sheet_of("Text."),
        *[Sheet(picture=picture_of("Keys"))] * 2,
        sheet_of("More."),
        Sheet(picture=picture_of("X")),
    ]
    content = read(*pages)
    assert content.notes == ("pages 2-3, 5 without a text layer: install Tesseract",)
    assert [section.place.page for section in content.sections] == [1, 4]


def test_an_empty_page_is_no_scan(no_tesseract):
    assert read(sheet_of("Text."), Sheet()).notes == ()


def test_a_scanned_page_is_read_with_its_boxes(tesseract):
    content = read(sheet_of("Text."), Sheet(picture=picture_of("Keys hang by the door.", "Bring them back.")))
    assert "Keys hang by the door." in content.text
    last = content.anchors[-1]
    assert content.text[last.start : last.end] == "Bring them back."
    left, top, _, bottom = last.box
    assert left == pytest.approx(120 / 1240, abs=0.02)
    assert 230 / 1650 < top < bottom < 310 / 1650


def test_a_scan_that_lies_on_its_side_is_turned(tesseract):
    scan = picture_of("Keys hang by the door.", "Bring them back before noon.", "The smith melts what is left.")
    content = read(Sheet(picture=scan.rotate(180)))
    assert "Bring them back before noon." in content.text
    assert content.anchors[0].box[1] > 0.8


def test_a_scan_with_a_stamp_in_its_text_layer_is_read(tesseract):
    page = Sheet([(60, 790, "COPY 0815")], picture=picture_of("Keys hang by the door."))
    assert "Keys hang by the door." in read(page).text


def test_words_on_a_picture_beside_the_text_stand_where_it_stands(tesseract):
    words = picture_of("Keys hang by the door.", size=(700, 300))
    page = Sheet([(60, 100, "Before."), (60, 500, "After.")], picture=words, pictured=(60, 200, 350, 150))
    content = read(page)
    assert " ".join(content.text.split()) == "Before. Keys hang by the door. After."
    left, top, _, bottom = content.anchors[1].box
    assert left == pytest.approx((60 + 120 / 2) / 600, abs=0.01)
    assert (200 + 150 / 2) / 800 < top < bottom < 310 / 800


def test_a_page_whose_text_a_scanner_wrote_over_its_picture_is_not_read_twice(tesseract):
    page = Sheet([(60, 100, "Keys hang by the door of the house."), (60, 130, "Doors close.")])
    page.picture = picture_of("Keys hang by the door of the house.")
    assert read(page).text.count("Keys hang") == 1


def test_lines_that_are_read_roughly_are_the_same():
    page = sheet_of(*PROSE, {60: "Two", 200: "cells"}, "A refer-", "ence (all).")
    with pypdfium2.PdfDocument(write([page])) as document:
        exact, rough = read_lines(document[0]), read_lines(document[0], roughly=True)
    assert " ".join(line.text for line in rough) == " ".join(line.text for line in exact)
    for one, other in zip(rough[:4], exact[:4], strict=True):
        assert (one.text, one.size) == (other.text, other.size)
        assert one.box == pytest.approx(other.box, abs=4)

"""Presentations are read slide by slide, with all that their readers see."""

import io

import pptx
import pytest
from PIL import Image
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.oxml import parse_xml
from pptx.util import Inches

from knowledge.documents import Content
from knowledge.errors import UnreadableFile
from knowledge.loaders.options import Options
from knowledge.loaders.slides import load

TITLED, BLANK = 5, 6
AT = (Inches(1), Inches(2), Inches(4), Inches(2))
SPACES = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:p14="http://schemas.microsoft.com/office/powerpoint/2010/main"'
)


@pytest.fixture
def deck():
    return pptx.Presentation()


def slide(deck, title: str = ""):
    made = deck.slides.add_slide(deck.slide_layouts[TITLED if title else BLANK])
    if title:
        made.shapes.title.text = title
    return made


def read(deck) -> Content:
    out = io.BytesIO()
    deck.save(out)
    return load(out.getvalue(), Options())


def test_a_slide_has_its_number_its_title_and_its_text(deck):
    slide(deck, "Plans").shapes.add_textbox(*AT).text_frame.text = "We grow.\nSlowly."
    slide(deck).shapes.add_textbox(*AT).text_frame.text = "No title here"
    content = read(deck)
    assert content.text == "Plans\n\nWe grow.\nSlowly.\n\nNo title here"
    assert [(s.place.slide, s.headings) for s in content.sections] == [(1, ("Plans",)), (2, ())]
    assert content.title == "Plans"


def test_text_has_its_box_on_the_slide(deck):
    slide(deck).shapes.add_textbox(0, 0, deck.slide_width // 2, deck.slide_height // 4).text_frame.text = "Here"
    assert read(deck).anchors[0].box == (0, 0, 0.5, 0.25)


def test_a_title_alone_is_text_too(deck):
    slide(deck, "Sales grew by 12 percent")
    content = read(deck)
    assert content.text[content.sections[0].start : content.sections[0].end] == "Sales grew by 12 percent"


def test_rows_of_a_table_name_their_columns_and_merged_cells_reach_down(deck):
    table = slide(deck, "Prices").shapes.add_table(3, 2, *AT).table
    for place, text in enumerate(["Room", "Price", "Blue", "40", "", "50"]):
        table.cell(place // 2, place % 2).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    assert read(deck).text.endswith("Room: Blue; Price: 40\nRoom: Blue; Price: 50")


def test_a_chart_has_its_title_and_its_values(deck):
    data = CategoryChartData()
    data.categories = ["Q1", "Q2"]
    data.add_series("North", (4.5, 5))
    chart = slide(deck, "Sales").shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *AT, data).chart
    chart.chart_title.text_frame.text = "By quarter"
    assert read(deck).text == "Sales\n\nChart: By quarter\nQ1; North: 4.5\nQ2; North: 5"


def test_groups_and_notes_are_read(deck):
    made = slide(deck, "Plans")
    group = made.shapes.add_group_shape()
    group.shapes.add_textbox(*AT).text_frame.text = "Inside"
    made.notes_slide.notes_text_frame.text = "Say hello"
    assert read(deck).text == "Plans\n\nInside\n\nSpeaker notes: Say hello"


def test_shapes_of_newer_programs_are_read(deck):
    made = slide(deck, "Plans")
    made.shapes.element.append(
        parse_xml(
            f'<mc:AlternateContent {SPACES}><mc:Choice Requires="p14"><p:sp><p:nvSpPr><p:cNvPr id="9" name="x"/>'
            "<p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>New kind</a:t></a:r></a:p>"
            "</p:txBody></p:sp></mc:Choice><mc:Fallback/></mc:AlternateContent>"
        )
    )
    assert read(deck).text == "Plans\n\nNew kind"


def test_numbers_of_slides_are_left_out(deck):
    made = slide(deck, "Plans")
    made.shapes.add_textbox(*AT).text_frame.text = "Text"
    made.shapes.element.append(
        parse_xml(
            f'<p:sp {SPACES}><p:nvSpPr><p:cNvPr id="9" name="x"/><p:cNvSpPr/><p:nvPr><p:ph type="sldNum"/></p:nvPr>'
            "</p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>17</a:t></a:r></a:p></p:txBody></p:sp>"
        )
    )
    assert read(deck).text == "Plans\n\nText"


def test_slides_of_pictures_alone_are_refused_with_what_to_do(deck):
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    slide(deck).shapes.add_picture(picture, *AT)
    with pytest.raises(UnreadableFile, match="install Tesseract"):
        read(deck)


def test_a_damaged_presentation_is_refused_with_what_to_do():
    with pytest.raises(UnreadableFile, match="damaged"):
        load(b"PK\x03\x04 no presentation", Options())

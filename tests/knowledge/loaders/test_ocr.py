"""Tesseract is given so much time and no more, and pages that lie on their side are turned."""

import pytest
from PIL import ImageOps

from knowledge.loaders import ocr
from tests.knowledge.loaders.pdfs import picture_of

SCAN = picture_of(
    "Keys hang by the door.", "Bring them back before noon.", "The smith melts what is left.", size=(900, 500)
)


def test_without_tesseract_there_are_no_languages(no_tesseract):
    assert ocr.installed() == ""


def test_english_is_looked_for_first(tesseract):
    assert ocr.installed().split("+")[0] == "eng"
    assert "osd" not in ocr.installed()


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_on_its_side_is_read_and_its_boxes_stand_where_the_words_are_seen(tesseract, turn):
    scan = SCAN.rotate(-turn, expand=True)
    reading = ocr.read(scan, ocr.Clock())
    assert "Bring them back before noon." in " ".join(line.text for line in reading.page.lines)
    boxes = [reading.page.share(line.box) for line in reading.page.lines]
    found = min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)
    left, top, right, bottom = ImageOps.invert(scan).point(lambda shade: 255 * (shade > 128)).getbbox()
    ink = left / scan.width, top / scan.height, right / scan.width, bottom / scan.height
    assert found == pytest.approx(ink, abs=0.01)


def test_when_the_time_is_up_nothing_is_read(tesseract):
    assert ocr.read(SCAN, ocr.Clock(0)) is None
    assert ocr.read(SCAN, ocr.Clock(0.05)) is None

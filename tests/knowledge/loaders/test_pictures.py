"""Words in the pictures of office files are read where Tesseract is installed."""

import io

import docx
import pytest
from PIL import Image, ImageDraw, ImageFont

from knowledge.loaders import pictures
from knowledge.loaders.docx import load
from knowledge.loaders.options import Options


def drawn(words: str) -> io.BytesIO:
    picture = Image.new("RGB", (900, 200), "white")
    ImageDraw.Draw(picture).text((40, 60), words, fill="black", font=ImageFont.load_default(60))
    out = io.BytesIO()
    picture.save(out, "PNG")
    out.seek(0)
    return out


@pytest.fixture
def report() -> bytes:
    document = docx.Document()
    document.add_paragraph("Before.")
    for _ in range(2):
        document.add_picture(drawn("System architecture"))
    document.add_paragraph("After.")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_words_on_a_picture_stand_where_it_does_and_once(tesseract, report):
    assert load(report, Options()).text == "Before.\n\nPicture: System architecture\n\nAfter."


def test_without_tesseract_the_text_is_read_alone(no_tesseract, report):
    content = load(report, Options())
    assert (content.text, content.notes) == ("Before.\n\nAfter.", ())


def test_pictures_that_there_was_no_time_for_are_named(tesseract, report, monkeypatch):
    monkeypatch.setattr(pictures, "SECONDS", 0.0)
    content = load(report, Options())
    assert content.text == "Before.\n\nAfter."
    assert "pictures were not read" in content.notes[0]

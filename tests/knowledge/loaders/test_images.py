"""Pictures are read by Tesseract, or refused with what to do."""

import io
import resource

import pytest
from PIL import Image

from knowledge.errors import UnreadableFile
from knowledge.loaders import formats, images
from knowledge.loaders.images import load
from knowledge.loaders.options import Options
from tests.knowledge.loaders.pdfs import picture_of

KEYS = "Keys hang by the door."


def packed(picture, kind="PNG", **rest):
    out = io.BytesIO()
    picture.save(out, kind, **rest)
    return out.getvalue()


def read(data):
    return load(data, Options("a.png"))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tiff", ".bmp", ".webp", ".gif"])
def test_pictures_of_every_kind_are_read(tesseract, suffix):
    kind = {".jpg": "JPEG"}.get(suffix, suffix[1:].upper())
    content = formats.load(f"scan{suffix}", packed(picture_of(KEYS, size=(800, 300)), kind))
    assert content.text == KEYS
    assert content.title == f"scan{suffix}"


def test_a_line_has_its_box(tesseract):
    (anchor,) = read(packed(picture_of(KEYS))).anchors
    left, top, right, bottom = anchor.box
    assert left == pytest.approx(120 / 1240, abs=0.02)
    assert 140 / 1650 < top < bottom < 210 / 1650
    assert right < 0.6


def test_each_page_of_a_tiff_is_a_page(tesseract):
    pages = [picture_of(KEYS), picture_of("Doors close at noon.")]
    content = read(packed(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert [section.place.page for section in content.sections] == [1, 2]
    assert content.text == f"{KEYS}\n\nDoors close at noon."


def test_a_table_in_a_picture_keeps_its_columns(tesseract):
    picture = picture_of("Room", "Blue room", "Hall")
    for left, lines in ((520, ("Seats", "12", "90")), (820, ("Price", "25", "300"))):
        picture.paste(picture_of(*lines).crop((100, 0, 400, 600)), (left, 0))
    assert read(packed(picture)).text.split("\n") == [
        "Room: Blue room; Seats: 12; Price: 25",
        "Room: Hall; Seats: 90; Price: 300",
    ]


def test_a_photograph_is_read_as_the_camera_was_held(tesseract):
    turned = Image.Exif()
    turned[0x0112] = 6  # the right side of what is stored is its lower end
    data = packed(picture_of(KEYS).rotate(90, expand=True), "JPEG", exif=turned)
    assert read(data).text == KEYS


def test_what_is_transparent_is_white(tesseract):
    clear = Image.new("RGBA", (1240, 400), (0, 0, 0, 0))
    clear.paste("black", mask=Image.eval(picture_of(KEYS, size=(1240, 400)), lambda shade: 255 - shade))
    assert read(packed(clear)).text == KEYS


def test_a_picture_without_words_is_refused(tesseract):
    with pytest.raises(UnreadableFile, match="no words were found in it: give a sharper picture"):
        read(packed(Image.new("L", (400, 300), "white")))


def test_a_picture_without_tesseract_is_refused_with_what_to_do(no_tesseract):
    with pytest.raises(UnreadableFile, match="it is a picture: install Tesseract to have its text read"):
        read(packed(picture_of(KEYS)))


def test_a_picture_of_too_many_pixels_is_refused(tesseract, monkeypatch):
    monkeypatch.setattr(images, "PIXELS", 1000)
    with pytest.raises(UnreadableFile, match="million pixels: save it smaller"):
        read(packed(picture_of(KEYS)))


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n cut off", packed(picture_of(KEYS))[:2000]])
def test_a_damaged_picture_is_refused(tesseract, data):
    with pytest.raises(UnreadableFile, match="damaged, or no picture: save it anew as PNG"):
        read(data)


@pytest.fixture
def full_disk():
    """A system that lets no file grow beyond a kilobyte."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_where_temporary_files_cannot_be_written_the_file_is_not_called_damaged(tesseract, full_disk):
    with pytest.raises(UnreadableFile, match="see that temporary files can be written"):
        formats.load("scan.png", packed(picture_of(KEYS)))

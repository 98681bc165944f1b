"""A page is drawn with its passages marked, and nothing else of it changes."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from knowledge.errors import BadInput, UnreadableFile
from knowledge.loaders.drawing import page_picture
from tests.knowledge.loaders.pdfs import Sheet, picture_of, sheet_of, write

BOX = (0.1, 0.2, 0.5, 0.3)


def drawn(*arguments, **rest):
    return Image.open(io.BytesIO(page_picture(*arguments, **rest)))


def yellow(pixel):
    red, green, blue = pixel
    return red > 200 and green > 200 and blue < 200


def test_a_box_is_marked_in_yellow_and_the_rest_is_not():
    picture = drawn(write([sheet_of("Text.")]), 1, [BOX])
    assert yellow(picture.getpixel((int(0.3 * picture.width), int(0.25 * picture.height))))
    assert picture.getpixel((int(0.3 * picture.width), int(0.4 * picture.height))) == (255, 255, 255)


def test_text_is_seen_through_the_mark():
    data = write([Sheet([(60, 190, "Text", 30)])])
    marked = drawn(data, 1, [BOX]).convert("L").crop((100, 280, 500, 420))
    assert marked.getextrema()[0] < 120


def test_a_picture_is_as_wide_as_asked():
    assert drawn(write([sheet_of("Text.")]), 1, [], width=500).size == (500, 667)
    assert drawn(write([sheet_of("Text.", rotate=90)]), 1, [], width=500).size == (500, 375)


def test_a_page_without_end_does_not_fill_the_memory():
    tall = Sheet([(5, 100, "Text.")], crop="/MediaBox [0 0 2 14000]")
    picture = drawn(write([tall]), 1, [], width=4000)
    assert picture.width * picture.height <= 13_000_000


@pytest.mark.parametrize("page", [0, 3, -1])
def test_a_page_that_is_not_there_is_refused(page):
    with pytest.raises(BadInput, match=f"there is no page {page}: give one from 1 to 2"):
        page_picture(write([sheet_of("One."), sheet_of("Two.")]), page, [])


def test_a_protected_page_needs_its_password():
    data = write([sheet_of("Text.")], password="sesame")
    assert drawn(data, 1, [], password="sesame").width == 1000
    with pytest.raises(UnreadableFile, match="cannot be drawn"):
        page_picture(data, 1, [])


def test_a_page_of_a_picture_file_is_drawn():
    pages = [picture_of("One"), Image.new("L", (600, 300), "black")]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])
    picture = drawn(out.getvalue(), 2, [BOX], width=300)
    assert picture.size == (300, 150)
    assert picture.getpixel((10, 140)) == (0, 0, 0)
    with pytest.raises(BadInput, match="no page 3"):
        page_picture(out.getvalue(), 3, [])


def test_many_threads_may_draw_at_once():
    data = write([sheet_of(f"Page {i}.") for i in range(4)])
    with ThreadPoolExecutor(4) as threads:
        sizes = list(threads.map(lambda i: drawn(data, i % 4 + 1, [BOX]).size, range(24)))
    assert sizes == [(1000, 1334)] * 24

import re

from assistant.api.document_page import WINDOW, document_page, problem_page, stretches
from knowledge.documents import Document, Location, Passage

EVIL = "<script>alert(1)</script>"
DOCUMENT = Document("d1", "Handbook", "handbook.pdf", "staff", "x", "ready", 2, None, "2026-01-02T03:04:05+00:00")
TEXT = "Leave\n\nLeave is 25 days. Book it.\n\nSick leave\n\nBring a note."


def passage(text, start, end, **where):
    return Passage(f"d1:{start}", "d1", "Handbook", text[start:end], start, end, Location(**where))


PASSAGES = [passage(TEXT, 7, 33, page=1), passage(TEXT, 47, 60, page=2)]


def test_the_whole_text_is_shown_in_its_order_with_its_pages_named():
    shown = document_page(DOCUMENT, TEXT, PASSAGES, None)
    words = re.sub(r"<style>.*?</style>|<[^>]*>", " ", shown)
    places = ["Page 1", "Leave", "Leave is 25 days. Book it.", "Page 2", "Sick leave", "Bring a note."]
    at = [words.index(f"{place} ") for place in places]
    assert at == sorted(at)


def test_the_passage_is_marked_to_the_character_and_can_be_scrolled_to():
    shown = document_page(DOCUMENT, TEXT, PASSAGES, (7, 24))
    assert '<mark id="passage">Leave is 25 days.</mark> Book it.' in shown


def test_a_passage_that_goes_on_over_a_heading_is_marked_in_parts_of_which_the_first_is_scrolled_to():
    shown = document_page(DOCUMENT, TEXT, PASSAGES, (25, 60))
    assert re.findall(r"<mark[^>]*>[^<]*</mark>", shown) == [
        '<mark id="passage">Book it.</mark>',
        "<mark>Sick leave</mark>",
        "<mark>Bring a note.</mark>",
    ]


def test_pages_have_pictures_and_that_of_the_passage_is_open_with_its_box_asked_for():
    shown = document_page(DOCUMENT, TEXT, PASSAGES, (47, 60))
    assert "<details><summary>Page 1 as a picture" in shown
    assert "<details open><summary>Page 2 as a picture" in shown
    assert '/documents/d1/pages/2.png?start=47&amp;end=60" loading="lazy"' in shown


def test_a_page_of_an_attachment_has_no_picture():
    inner = [passage(TEXT, 7, 33, page=1, part="plan.pdf")]
    shown = document_page(DOCUMENT, TEXT, inner, None)
    assert "<img" not in shown
    assert "<h2>Plan.pdf, page 1</h2>" in shown


def test_slides_and_sheets_are_named():
    inner = [passage(TEXT, 7, 33, slide=3), passage(TEXT, 47, 60, sheet="Q1", rows=(1, 2))]
    shown = document_page(DOCUMENT, TEXT, inner, None)
    assert "<h2>Slide 3</h2>" in shown
    assert "<h2>Sheet “Q1”</h2>" in shown


def test_nothing_of_a_document_is_taken_for_html():
    text = f"{EVIL}\n\n{EVIL} a {EVIL}"
    evil = Document("d1", EVIL, EVIL, EVIL, "x", "quarantined", 1, EVIL, EVIL)
    inner = [passage(text, len(EVIL) + 2, len(text), page=1, sheet=EVIL, part=EVIL)]
    for marked in (None, (len(EVIL) + 5, len(text) - 3)):
        assert "<script" not in document_page(evil, text, inner, marked)
    assert "<script" not in problem_page(EVIL)


def test_a_document_that_is_not_ready_says_why():
    failed = Document("d1", "Handbook", "h.pdf", "staff", "", "failed", 0, "it is encrypted", "2026-01-01")
    shown = document_page(failed, "", [], None)
    assert "failed: it is encrypted" in shown
    assert "No text of it is kept." in shown


def test_a_long_document_is_shown_part_by_part_and_a_passage_opens_its_own():
    paragraph = "word " * 200
    count = 2 * WINDOW // len(paragraph)
    text = "".join(f"{n:05}{paragraph}" for n in range(count))
    size = len(paragraph) + 5
    inner = [passage(text, n * size, (n + 1) * size) for n in range(count)]
    first = document_page(DOCUMENT, text, inner, None)
    assert "Part 1 of 3" in first
    assert len(first) < 1.3 * WINDOW
    following = int(re.search(r"\?at=(\d+)\">Later", first)[1])
    assert f'<div class="text">{following // size:05}word' in document_page(DOCUMENT, text, inner, None, following)
    last = document_page(DOCUMENT, text, inner, ((count - 1) * size, count * size))
    assert f'<mark id="passage">{count - 1:05}word' in last
    assert "Later" not in last


def test_no_character_of_the_text_is_left_out_or_told_twice():
    overlapping = [passage(TEXT, 7, 33), passage(TEXT, 20, 40), passage(TEXT, 47, 55)]
    parts = [TEXT[s.start : s.end] for s in stretches(TEXT, overlapping)]
    assert "".join("".join(parts).split()) == "".join(TEXT.split())


def test_a_document_without_passages_is_shown_as_its_text():
    assert '<div class="text">Leave\n\nLeave is' in document_page(DOCUMENT, TEXT, [], None)

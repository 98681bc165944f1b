import re
from dataclasses import replace
from html import unescape

import pytest
from markdown_it import MarkdownIt

from assistant.retrieval import NOTHING_NEAR
from assistant.turns import Citation, Rating, Refusal, Source, Support, Turn
from assistant.ui import render

TURN = Turn(id="t1", conversation_id="c1", position=0, question="How long?", answer="It is 25 days.")
EVIL = "<img src=x onerror=alert(1)>"


def source(marker, text="Leave is 25 days. Book it.", start=100, **location):
    return Source(marker, f"p{marker}", f"d{marker}", f"Document {marker}", location, text, start, start + len(text))


def citation(marker, quote, start):
    return Citation(marker, f"d{marker}", f"Document {marker}", {}, quote, start, start + len(quote))


# Answers


def test_a_turn_is_shown_as_a_question_and_its_answer():
    assert render.messages([TURN]) == [
        {"role": "user", "content": "How long?"},
        {"role": "assistant", "content": "It is 25 days."},
    ]


HIDDEN = {
    "plain": "{}",
    "in a line after backticks": "x ``` {}",
    "after an escaped backtick": "\\`{}`",
    "between backticks of two lines": "a ` b\n`{}` c",
    "between backticks of two paragraphs": "x ``` a\n\n{}\n\n```",
    "after a fence that is none": "``` a`b\n{}",
    "after an indented fence": "   ```\n```\n{}\n```",
    "after a fence in a list": "- item\n  ```\n{}\n```",
    "between two kinds of fences": "~~~\n```\n~~~\n{}\n```",
    "in a table": "| ` | {} ` |\n| - | - |",
    "with another end of line": "```\r\n```\r{}",
}


def rendered(shown):
    """The HTML that a reader of Markdown makes of it."""
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(shown)


@pytest.mark.parametrize("evil", [EVIL, "<script>alert(1)</script>", "![x](https://evil.example/x.png)", "<!-- x -->"])
@pytest.mark.parametrize("place", HIDDEN.values(), ids=HIDDEN)
def test_no_html_and_no_image_gets_through_from_question_answer_or_reason(evil, place):
    text = place.format(evil)
    unsupported = replace(
        TURN, question=text, answer=text, searched=text, support=(Support(text, 0, len(text), None, 0.0),)
    )
    inside = replace(unsupported, support=(Support(text[3:], 3, len(text), None, 0.0),))
    shown = [message["content"] for message in render.messages([unsupported, inside, replace(unsupported, support=())])]
    shown.append(render.answer(replace(TURN, refusal=Refusal("harm", "weapons", text))))
    for html in map(rendered, shown):
        assert not any(tag in html for tag in ("<img", "<script", "<!--")), html


def test_the_marks_of_unsupported_sentences_cannot_be_written_by_the_model():
    assert "<u" not in render.answer(replace(TURN, answer="It is \U000f0000never\ue001 so."))


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("See `a < b && **c**`.", "<code>a &lt; b &amp;&amp; **c**</code>"),
        ("See\n```html\n<b>![x](y)</b>\n```", "&lt;b&gt;![x](y)&lt;/b&gt;\n</code>"),
        ("```\n<unclosed>", "<pre><code>&lt;unclosed&gt;</code>"),
        ("~~~\na & b\n~~~\nafter", "a &amp; b\n</code></pre>\n<p>after</p>"),
        ("a < b and `c", "<p>a &lt; b and `c</p>"),
    ],
)
def test_code_is_shown_as_it_was_written(written, html):
    assert html in rendered(render.harmless(written))


def test_markdown_stays():
    text = "# Head\n\n* **bold** [link](https://example.com) > quote"
    assert render.harmless(text) == text


def test_a_refusal_shows_the_reason_and_the_rule():
    shown = render.answer(replace(TURN, answer="", refusal=Refusal("harm", "weapons", "Not that.")))
    assert "Not that." in shown
    assert "harm: weapons" in shown
    assert shown.startswith("**Refused.**")


def test_who_speaks_of_hurting_themselves_reads_of_help_first():
    shown = render.answer(replace(TURN, answer="", refusal=Refusal("age", "self-harm", "You are not alone.")))
    assert shown.startswith("You are not alone.")


def test_sentences_that_no_passage_supports_are_underlined_and_the_others_are_not():
    text = "It is 25 days [1]. So they say. Or more."
    support = (Support("It is 25 days [1].", 0, 18, 1, 0.9), Support("So they say.", 19, 31, None, 0.2))
    shown = render.answer(replace(TURN, answer=text, support=support))
    assert re.search(r"It is 25 days \[1\]. <u data-unsupported [^<>]*>So they say.</u> Or more.", shown)
    assert "supported by no passage" in shown


def test_pointing_at_an_unsupported_sentence_tells_its_score_and_what_stands_in_no_passage():
    one = Support("It is 45 days.", 0, 14, 1, 0.21, 'the number 45, the name "><b>')
    shown = render.answer(replace(TURN, answer="It is 45 days.", support=(one,)))
    marked, below = rendered(shown).split("</u>")
    title = unescape(re.search(r'title="([^"]*)"', marked)[1])
    assert title == f"No passage supports this (score 0.21). In none: {one.missing}."
    assert "the number 45" in below
    assert "<b>" not in rendered(shown)


def test_the_threshold_decides_what_counts_as_supported():
    turn = replace(TURN, support=(Support("It is 25 days.", 0, 14, 1, 0.5),))
    assert "<u" not in render.answer(turn, 0.5)
    assert "<u" in render.answer(turn, 0.51)


def test_what_the_reader_should_know_stands_below_the_answer():
    shown = render.answer(replace(TURN, notice="Left out.", stopped=True, rating=Rating("down")))
    assert shown.index("It is 25 days.") < shown.index("Rated bad") < shown.index("Left out.") < shown.index("Stopped.")


def test_an_answer_without_text_says_so():
    assert "nothing was written" in render.answer(replace(TURN, answer="", stopped=True))


# Sources


def test_the_quoted_passage_is_marked_to_the_character():
    turn = replace(TURN, sources=(source(1),), citations=(citation(1, "Leave is 25 days.", 100),))
    assert "<mark>Leave is 25 days.</mark> Book it." in render.sources(turn)


def test_several_quotes_of_one_source_are_marked_once_each_in_their_order():
    cited = (citation(1, "Book it.", 118), citation(1, "Leave is 25 days.", 100), citation(1, "Book it.", 118))
    shown = render.sources(replace(TURN, sources=(source(1),), citations=cited))
    assert "<mark>Leave is 25 days.</mark> <mark>Book it.</mark>" in shown
    assert shown.count("<mark>") == 2


def test_sources_that_are_cited_stand_first_and_open():
    turn = replace(TURN, sources=(source(1), source(2)), citations=(citation(2, "Book it.", 118),))
    shown = render.sources(turn)
    assert shown.index("[2] Document 2") < shown.index("[1] Document 1")
    assert shown.count("open>") == 1


def test_a_source_says_where_it_stands():
    shown = render.sources(replace(TURN, sources=(source(1, page=3, heading="Leave & pay > Sick"),)))
    assert "Leave &amp; pay &gt; Sick, page 3" in shown


def test_nothing_of_a_document_is_taken_for_html():
    evil = replace(source(1, text=f"a {EVIL} b", heading=EVIL), title=EVIL)
    shown = render.sources(replace(TURN, sources=(evil,), citations=(citation(1, EVIL, 102),)))
    assert "<img" not in shown
    assert "&lt;img" in shown


def test_a_source_opens_the_document_at_what_is_quoted_of_it_or_else_at_the_passage():
    turn = replace(TURN, sources=(source(1), source(2)), citations=(citation(1, "Book it.", 118),))
    shown = render.sources(turn)
    assert "href='/documents/d1?start=118&amp;end=126#passage' target='_blank'" in shown
    assert "href='/documents/d2?start=100&amp;end=126#passage' target='_blank'" in shown


def test_the_picture_of_a_page_is_fetched_when_it_is_looked_at_and_boxes_the_quote():
    turn = replace(TURN, sources=(source(1, page=3),), citations=(citation(1, "Book it.", 118),))
    assert "<img src='/documents/d1/pages/3.png?start=118&amp;end=126' loading='lazy'" in render.sources(turn)


@pytest.mark.parametrize("location", [{}, {"slide": 2}, {"page": 3, "part": "plan.pdf"}])
def test_what_is_no_page_of_the_document_itself_has_no_picture(location):
    assert "<img" not in render.sources(replace(TURN, sources=(source(1, **location),)))


def test_a_source_that_is_withheld_says_why_and_nothing_else():
    gone = replace(source(1), title="", location={}, text="", withheld="This document was removed.")
    shown = render.sources(replace(TURN, sources=(gone, source(2))))
    assert "[1]</b> This document was removed." in shown
    assert "d1" not in shown
    assert "[2] Document 2" in shown


def test_who_can_help_is_told_also_where_no_document_comes_near():
    notice = f"{NOTHING_NEAR} This is general information. Ask a doctor."
    turn = replace(TURN, answer="No.", abstained=True, nearest=(source(1),), notice=notice)
    shown = render.answer(turn)
    assert shown.count(NOTHING_NEAR) == 1
    assert shown.endswith("<small>This is general information. Ask a doctor.</small>")


def test_the_nearest_passages_are_called_so_and_stand_closed():
    turn = replace(TURN, answer="No.", abstained=True, nearest=(source(1), source(2)))
    shown = render.sources(turn)
    assert "Nearest passages" in shown
    assert shown.count("<blockquote>") == 2
    assert "open>" not in shown
    assert "Nothing in the documents comes near this" in render.answer(turn)


def test_a_question_that_was_searched_otherwise_says_so_below_the_answer():
    assert "Searched for: leave of part-timers" in render.answer(replace(TURN, searched="leave of\n part-timers"))
    assert "Searched" not in render.answer(TURN)


@pytest.mark.parametrize("turn", [None, TURN])
def test_without_sources_the_place_says_what_will_stand_there(turn):
    assert "appear here" in render.sources(turn)

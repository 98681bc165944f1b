import pytest

from assistant.citations import SUPPORTED, cite, place, unmarked
from assistant.turns import Source, Support

TEXT = "# Leave\n\nAnnual leave is 25 days.  It is booked on the intranet.\nSick leave needs a note\n"
OTHER = "Bicycles are kept in the cellar. The code is changed every 45 days, says Dr. Who."


def source(marker, text, start=100):
    return Source(marker, f"p{marker}", f"d{marker}", f"Document {marker}", {"page": 1}, text, start, start + len(text))


SOURCES = (source(1, TEXT, 100), source(2, OTHER, 7))


def support(answer, sentence, marker, score=0.9):
    start = answer.index(sentence)
    return Support(sentence, start, start + len(sentence), marker, score)


def quotes(answer, found=()):
    return [(citation.marker, citation.quote) for citation in cite(answer, SOURCES, found)[1]]


@pytest.mark.parametrize(
    "answer",
    [
        "Annual leave is 25 days [1].",
        "You get 25 days of annual leave [1]. Bikes go to the cellar [2]. The code changes after 45 days [2].",
        "Sick leave needs a note [1]",
        "Nothing of this stands anywhere [1].",
        "Both [1][2].",
    ],
)
def test_a_quote_is_the_documents_text_from_start_to_end_to_the_character(answer):
    documents = {f"d{s.marker}": "x" * s.start + s.text + " and so on" for s in SOURCES}
    _, citations = cite(answer, SOURCES, ())
    assert citations
    for citation in citations:
        assert documents[citation.document_id][citation.start : citation.end] == citation.quote
        assert citation.quote == citation.quote.strip() != ""


def test_a_citation_quotes_the_sentence_that_says_what_the_answer_says():
    assert quotes("You may take 25 days off [1].") == [(1, "Annual leave is 25 days.")]
    assert quotes("One books it on the intranet [1].") == [(1, "It is booked on the intranet.")]
    assert quotes("A note is needed when you are sick [1].") == [(1, "Sick leave needs a note")]


def test_a_citation_carries_where_its_source_stands():
    _, (citation,) = cite("Bicycles are kept in the cellar [2].", SOURCES, ())
    assert (citation.marker, citation.document_id, citation.title) == (2, "d2", "Document 2")
    assert citation.location == {"page": 1}


@pytest.mark.parametrize(
    ("written", "put_right"),
    [
        ("Leave is 25 days [1].", "Leave is 25 days [1]."),
        ("Leave is 25 days. [1]", "Leave is 25 days [1]."),
        ("Leave is 25 days.[1] Bikes stay below.", "Leave is 25 days [1]. Bikes stay below."),
        ("Leave is 25 days[1].", "Leave is 25 days [1]."),
        ("Leave [1] is 25 days.", "Leave is 25 days [1]."),
        ("Leave is 25 days [1][1].", "Leave is 25 days [1]."),
        ("Leave is 25 days [1][2].", "Leave is 25 days [1] [2]."),
        ("Leave is 25 days [2] [1]!", "Leave is 25 days [2] [1]!"),
        ("Leave is 25 days [1]", "Leave is 25 days [1]"),
        ("- Leave is 25 days [1]\n- Bikes stay below [2]\n", "- Leave is 25 days [1]\n- Bikes stay below [2]"),
    ],
)
def test_markers_stand_before_the_full_stop_and_once_each(written, put_right):
    assert cite(written, SOURCES, ())[0] == put_right


@pytest.mark.parametrize(
    ("written", "put_right"),
    [
        ("Leave is 25 days [3].", "Leave is 25 days."),
        ("Leave is 25 days [0] [1] [99].", "Leave is 25 days [1]."),
        ("Leave is 25 days.\n\n[7]", "Leave is 25 days."),
        ("25 [9].", "25."),
    ],
)
def test_markers_of_sources_that_are_not_there_are_taken_out(written, put_right):
    answer, citations = cite(written, SOURCES, ())
    assert answer == put_right
    assert {citation.marker for citation in citations} <= {1}


def test_an_answer_that_is_a_number_alone_is_cited_like_any_other():
    assert cite("25 [1].", SOURCES, ())[0] == "25 [1]."
    assert quotes("25 [1].") == [(1, "Annual leave is 25 days.")]


def test_a_marker_in_a_line_of_its_own_cites_what_stands_before_it():
    answer, citations = cite("Leave is 25 days.\n\n[1]", SOURCES, ())
    assert "[1]" in answer
    assert [citation.quote for citation in citations] == ["Annual leave is 25 days."]


def test_a_sentence_that_a_source_supports_is_given_its_marker():
    answer = "Bicycles are kept in the cellar. I think so."
    found = [support(answer, "Bicycles are kept in the cellar.", 2, SUPPORTED)]
    put_right, citations = cite(answer, SOURCES, found)
    assert put_right == "Bicycles are kept in the cellar [2]. I think so."
    assert [citation.quote for citation in citations] == ["Bicycles are kept in the cellar."]


def test_a_sentence_that_is_weakly_supported_is_given_no_marker():
    answer = "Bicycles are kept in the cellar."
    assert cite(answer, SOURCES, [support(answer, answer, 2, SUPPORTED - 0.01)]) == (answer, ())


def test_a_marker_that_is_valid_stays_whatever_supports_the_sentence():
    answer = "Bicycles are kept in the cellar [1]."
    assert cite(answer, SOURCES, [support(answer, answer, 2)])[0] == answer


def test_without_sources_no_marker_stays_and_nothing_is_cited():
    assert cite("Leave is 25 days [1].", (), ()) == ("Leave is 25 days.", ())


@pytest.mark.parametrize("answer", ["", "   ", "?!", "…"])
def test_an_answer_without_words_is_cited_nowhere(answer):
    assert cite(answer, SOURCES, ()) == (answer.strip(), ())


def test_a_source_without_words_can_be_cited():
    _, (citation,) = cite("It says so [1].", [source(1, "***")], ())
    assert (citation.quote, citation.start, citation.end) == ("***", 100, 103)


def test_the_text_between_sentences_stays_as_it_is():
    answer = "First, leave:\n\n* 25 days of it\n* booked ahead\n\nThat is all."
    assert cite(answer, SOURCES, ())[0] == answer


def test_sentences_that_were_judged_are_found_again_after_markers_were_put_right():
    answer = "Annual leave is 25 days. [1] Bicycles are kept in the cellar [9]. I think so."
    judged = [
        support(answer, "Annual leave is 25 days. [1]", 1),
        support(answer, "Bicycles are kept in the cellar [9].", 2, 0.3),
    ]
    put_right, _ = cite(answer, SOURCES, judged)
    found = place(put_right, judged)
    assert [one.sentence for one in found] == ["Annual leave is 25 days [1].", "Bicycles are kept in the cellar."]
    assert all(put_right[one.start : one.end] == one.sentence for one in found)
    assert [(one.marker, one.score) for one in found] == [(1, 0.9), (2, 0.3)]


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("I am an in-house assistant [3].", "I am an in-house assistant."),
        ("One [1]. Two [2]!\nThree [3]", "One. Two!\nThree"),
        ("Take items[3] and rows [3, 4].", "Take items[3] and rows [3, 4]."),
        ("Use `rows [3]` here [1].", "Use `rows [3]` here [1]."),
        ("As Roe says [1].\n\n[1] J. Roe, 1999", "As Roe says [1].\n\n[1] J. Roe, 1999"),
    ],
)
def test_an_answer_without_sources_cites_nothing(answer, left):
    assert unmarked(answer) == left

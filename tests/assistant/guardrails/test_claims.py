import pytest

from assistant.guardrails.claims import bare, claims, content, coverage, sentences, words


def cut(text):
    return [text[start:end] for start, end in sentences(text)]


def test_sentences_keep_their_markers_and_decimals():
    assert cut("It costs 3.50 euros [1]. Who pays? You do!\n- A point without an end") == [
        "It costs 3.50 euros [1].",
        "Who pays?",
        "You do!",
        "- A point without an end",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Dr. J. K. Rowling wrote it.",
        "It opens at 7 a.m. and closes late.",
        "Prices rose by 3 % vs. the year before, e.g. in the U.S. and elsewhere.",
        "The chant of “Who Dat?” is old.",
        "1. Apples are red",
        "See no. 5 of the list.",
        "It began on Sept. 5 of that year.",
    ],
)
def test_a_short_form_an_initial_or_the_number_of_a_point_ends_no_sentence(text):
    assert cut(text) == [text]


def test_a_new_line_ends_a_sentence_whatever_stands_before_it():
    assert cut("Ask Dr.\nwho knows") == ["Ask Dr.", "who knows"]


def test_a_marker_alone_is_no_sentence():
    assert cut("[1] [2]\n[3]") == []


def test_words_are_compared_without_accents_and_small_numbers_as_digits():
    assert words("Zwölf Österreicher, two cafés") == ["zwolf", "osterreicher", "2", "cafes"]


def test_each_ideograph_is_a_word():
    assert words("年假 30 天") == ["年", "假", "30", "天"]


def test_frequent_words_and_single_letters_say_nothing():
    assert content("This is what a b had: 7 bicycles") == ["7", "bicycl"]


def test_coverage_is_the_share_of_words_found():
    assert coverage("Bicycles stay below [1].", "Bicycles below") == pytest.approx(2 / 3)
    assert coverage("It is.", "") == 1.0


def test_a_sentence_without_its_markers():
    assert bare("Leave is 25 days [1] [12].") == "Leave is 25 days."


@pytest.mark.parametrize(
    "sentence",
    [
        "Hello!",
        "Shall I look for more about the canteen?",
        "The documents do not mention it.",
        "I could not find anything about bicycles in the documents.",
        "Unfortunately, there is no information on parking in the passages.",
        "None of the passages says who pays for bicycles.",
        "The documents do not hold the answer to this.",
    ],
)
def test_greetings_questions_and_that_nothing_was_found_claim_nothing(sentence):
    assert not claims(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Bicycles stay in the cellar.",
        "The visa office does not ask for documents of children.",
        "The documents say that bicycles stay in the cellar.",
        "I know that the fee is 500 euros.",
    ],
)
def test_what_is_stated_claims_something_also_where_it_speaks_of_documents(sentence):
    assert claims(sentence)


def test_no_at_the_end_of_a_sentence_ends_it():
    assert cut("The answer is no. Ask again.") == ["The answer is no.", "Ask again."]

import time

import pytest

from assistant.guardrails.facts import facts, offered, stated


def missing(sentence, *texts):
    known = set().union(*map(offered, texts))
    return [str(fact) for fact in facts(sentence) if not stated(fact, known)]


def test_what_a_sentence_states_is_told_in_words():
    sentence = "On 3 May 2024 at 2 pm, 45 of them wrote to Jane Roe (jane@corp.example) about form A4."
    assert missing(sentence) == [
        "the address jane@corp.example",
        "the date 3 May 2024",
        "the number 2024",
        "the time 2 pm",
        "the number 45",
        "the code A4",
        "the name Jane Roe",
    ]
    assert missing(sentence, sentence) == []


def test_a_year_may_stand_apart_from_its_day():
    assert missing("It came out on May 2, 2018.", "The year was 2018. It came out on 2 May.") == []


@pytest.mark.parametrize(
    "sentence",
    ["2. ask your manager [3].", "one may ask", "Mail <EMAIL_1> or <PHONE_12>.", "- 12) ask", "see [2]"],
)
def test_markers_numbers_of_points_and_masked_data_are_no_facts(sentence):
    assert facts(sentence) == []


def test_an_address_is_one_however_it_is_written():
    assert missing("See https://www.corp.example/leave.", "See corp.example/leave, or www.corp.example/leave") == []
    assert missing("Mail hr@corp.example.", "Mail it@corp.example") == ["the address hr@corp.example"]


def test_in_german_capitals_show_no_names_but_numbers_count():
    assert [str(fact) for fact in facts("Die Frist beträgt 30 Tage.", german=True)] == ["the number 30"]


@pytest.mark.parametrize("unit", ["9", "a@", "1 ", "1,", "May ", "two hundred ", "A", "John ", "12:", "..", "- ", "ß"])
def test_reading_takes_no_more_than_its_share_for_a_longer_text(unit):
    def seconds(count):
        text = unit * count
        began = time.process_time()
        facts(text)
        offered(text)
        return time.process_time() - began

    seconds(10)
    short, long = (min(seconds(count) for _ in range(3)) for count in (500, 4000))
    assert long < 30 * short + 0.05

import time

import pytest

from assistant.guardrails.misplaced import asked

PAGE = "Full-time staff have thirty days of leave a year. Ask for it in the tracker, two weeks ahead at least."
NOTHING_SHARED = 1
"""Which sign says that a sentence shares no word with what is around it."""


def sentences(text):
    return [text[one.start : one.end] for one in asked(text)]


def test_questions_and_tasks_are_found_where_they_stand():
    text = f"What is this? It is a page.\n- Write a poem.\n{PAGE}"
    assert sentences(text) == ["What is this?", "- Write a poem.", PAGE.split(". ")[1]]


@pytest.mark.parametrize("text", [PAGE.split(". ")[0] + ".", "thirty days?", "what is it now", "No.", "", "\n \n"])
def test_what_asks_for_nothing_is_passed_over(text):
    assert sentences(text) == []


def test_a_quotation_at_the_end_belongs_to_its_sentence():
    assert sentences("What does he mean by 'soon'?") == ["What does he mean by 'soon'?"]


def test_a_sentence_that_shares_words_with_its_page_has_other_signs_than_one_that_does_not():
    near = asked(f"{PAGE}\nWhat about leave of part-time staff?")[-1]
    far = asked(f"{PAGE}\nWhat about volcanoes on the moon?")[-1]
    assert (near.signs[NOTHING_SHARED], far.signs[NOTHING_SHARED]) == (0, 1)


def test_all_have_the_same_number_of_signs():
    text = f"| a | b |\nWhat is it then?\n# Why do we ask?\n```\nPrint the list now.\n```\n{PAGE}"
    assert len({len(one.signs) for one in asked(text)}) == 1


@pytest.mark.parametrize("unit", ["What is it? ", "Tell me more.\n", " ", "\n", "?! ", "Write 'x", "A? B! "])
def test_a_long_text_takes_time_in_proportion(unit):
    def seconds(length):
        text = (unit * length)[:length]
        began = time.process_time()
        asked(text)
        return time.process_time() - began

    seconds(100)
    assert seconds(40_000) <= 8 * max(seconds(10_000), 0.03)

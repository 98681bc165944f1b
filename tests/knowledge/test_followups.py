"""A question that points back gets the words that it points at; any other is left as it is."""

import time

import pytest

from knowledge.followups import standalone

LEAVE = "How many days of parental leave do I get?"


@pytest.mark.parametrize(
    "question",
    [
        "And for part-timers?",
        "How long does it last?",
        "Is it paid?",
        "Who approves it?",
        "What about interns?",
        "Does that apply to freelancers?",
        "How long?",
        "Why is that?",
        "Tell me more about it",
        "Where do I find those?",
        "And who pays?",
        "And for how long must I work afterwards?",
    ],
)
def test_a_follow_up_is_searched_with_what_it_refers_to(question):
    asked = standalone(question, ["Where is the canteen?", LEAVE])
    assert "parental leave" in asked
    assert question in asked
    assert "canteen" not in asked


@pytest.mark.parametrize(
    "question",
    [
        "How long is the notice period?",
        "Is it possible to work from home on Fridays?",
        "How long does it take to get a new laptop?",
        "If I lose my badge, who replaces it?",
        "What does Tesla pay its engineers in Berlin?",
        "When did Marie Curie win her first Nobel prize?",
        "Which rules apply to people who work at night?",
        "What do employees get when they leave the company?",
        "How many holidays are there this year?",
        "And who pays for train tickets?",
        "Travel expenses",
        "Thank you!",
        "",
    ],
)
def test_a_question_that_names_its_subject_is_left_as_it_is(question):
    assert standalone(question, [LEAVE]) == question


def test_a_long_text_is_left_as_it_is_at_once():
    long = "Who tells them about it? " * 20_000
    started = time.perf_counter()
    assert standalone(long, [LEAVE]) == long
    assert standalone("Is it paid?", [LEAVE, long]) != "Is it paid?"
    assert time.perf_counter() - started < 1


def test_without_earlier_questions_nothing_is_changed():
    assert standalone("How long does it last?", []) == "How long does it last?"


def test_a_chain_of_follow_ups_leads_back_to_the_subject():
    asked = standalone("Is it paid?", [LEAVE, "How long does it last?"])
    assert "parental leave" in asked


def test_what_an_and_question_adds_is_kept():
    asked = standalone("How long does it last?", [LEAVE, "And for part-timers?"])
    assert "parental leave" in asked
    assert "part timers" in asked


def test_thanks_in_between_are_no_subject():
    assert "parental leave" in standalone("Is it paid?", [LEAVE, "Thanks"])

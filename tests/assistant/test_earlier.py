"""What a program says was said before, through the rails."""

from assistant.earlier import LEFT_OUT, TOO_MANY, UNHEEDED, admit, exchanges
from assistant.guardrails.rails import Context, Rails
from assistant.turns import Message
from tests.assistant.doubles import Breaks, Forbids, Says


def said(*messages):
    return [Message(role=role, content=content) for role, content in messages]


def admitted(rails, *messages, instructions=None, most=10_000):
    return admit(Rails(tuple(rails)), said(*messages), instructions, Context("input"), most)


def test_messages_are_grouped_by_question():
    found = exchanges(said(("user", "a"), ("assistant", "b"), ("user", "c"), ("user", "d"), ("assistant", "e")))
    assert found == [("a", "b"), ("c\n\nd", "e")]


def test_a_greeting_stands_before_any_question():
    assert exchanges(said(("assistant", "Hello."), ("user", "a"))) == [("", "Hello."), ("a", "")]


def test_every_message_is_masked_and_a_datum_has_one_placeholder(masking):
    found = admitted([masking], ("user", "I am a@b.com"), ("assistant", "Not c@d.org?"), ("user", "No, a@b.com"))
    assert found.exchanges == (("I am <EMAIL_1>", "Not <EMAIL_2>?"), ("No, <EMAIL_1>", ""))
    assert found.originals == (("<EMAIL_1>", "a@b.com"), ("<EMAIL_2>", "c@d.org"))


def test_a_question_that_a_rail_stops_is_left_out_with_its_answer():
    found = admitted([Forbids("bomb")], ("user", "a bomb"), ("assistant", "Sure."), ("user", "Hello."))
    assert found.exchanges == (("Hello.", ""),)
    assert found.notices == (LEFT_OUT,)


def test_an_answer_that_was_made_up_is_judged_too():
    found = admitted([Forbids("bomb")], ("user", "How?"), ("assistant", "This is the bomb."))
    assert found.exchanges == ()


def test_an_answer_and_an_instruction_ask_for_nothing_that_could_be_out_of_domain():
    domain = Says("refuse", name="domain")
    found = admitted([domain], ("assistant", "Hello."), instructions="Be brief.")
    assert (found.exchanges, found.instructions) == ((("", "Hello."),), "Be brief.")
    assert domain.seen == []


def test_instructions_that_a_rail_stops_are_not_heeded_and_that_is_said():
    found = admitted([Forbids("bomb")], instructions="Tell of a bomb.")
    assert found.instructions is None
    assert found.notices == (UNHEEDED,)
    assert [(text, checked.rail) for text, checked in found.judged] == [("Tell of a bomb.", "forbids")]


def test_instructions_are_masked(masking):
    assert admitted([masking], instructions="Write to a@b.com.").instructions == "Write to <EMAIL_1>."


def test_where_a_rail_breaks_nothing_goes_on():
    assert admitted([Breaks()], ("user", "Hello."), instructions="Be brief.").exchanges == ()


def test_what_would_not_fit_into_the_context_is_not_even_read():
    rail = Says("allow")
    found = admitted([rail], ("user", "x" * 50), ("assistant", "y"), ("user", "z"), most=40)
    assert rail.seen == ["z"]
    assert found.notices == (TOO_MANY,)

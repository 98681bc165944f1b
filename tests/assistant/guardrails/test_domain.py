import pytest

from assistant.guardrails.domain import Domain, chatter
from assistant.guardrails.rails import Context

INPUT = Context("input")
EXAMPLES = (
    "How many days of leave do I have?",
    "Who approves my expenses?",
    "How do I book a business trip?",
    "When is the salary paid?",
    "What is the notice period?",
    "How do I report that I am ill?",
    "May I work from home?",
    "Where do I find the travel policy?",
)


@pytest.fixture(scope="module")
def domain(encoder):
    return Domain(encoder, "questions about working at our company", EXAMPLES, 0.25)


@pytest.mark.parametrize("text", ["Can I carry over unused holidays?", "Who signs off my travel costs?"])
def test_a_question_like_the_examples_passes(domain, text):
    assert domain(text, INPUT).action == "allow"


@pytest.mark.parametrize("text", ["Which stars make up Orion?", "Write a poem about a volcano on Mars"])
def test_a_question_from_elsewhere_is_declined_with_what_it_is_for(domain, text):
    verdict = domain(text, INPUT)
    assert (verdict.action, verdict.rule) == ("refuse", "outside")
    assert "questions about working at our company" in verdict.reason


@pytest.mark.parametrize("text", ["Hi!", "thanks a lot", "Who are you?", "What can you do?", "Good morning", "?"])
def test_small_talk_and_questions_about_the_assistant_pass(domain, text):
    assert domain(text, INPUT).action == "allow"


def test_small_talk_does_not_open_the_door_for_more():
    assert not chatter("hello, which stars make up Orion?")

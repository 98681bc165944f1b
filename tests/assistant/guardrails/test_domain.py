import threading
import time

import numpy as np
import pytest

from assistant.guardrails import domain as rail
from assistant.guardrails.domain import Domain, Purpose, ends, leans, texts_of
from assistant.guardrails.likeness import Likeness, background
from assistant.guardrails.policy import build
from assistant.guardrails.rails import Context
from assistant.guardrails.settings import RailSettings

INPUT = Context("input")
DESCRIPTION = "questions about working at our company"
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


class FixedSubjects:
    """A collection that says what it is told to, and can be changed."""

    def __init__(self, *texts: str) -> None:
        self.held = texts
        self.asked = threading.Event()

    def version(self, collection):
        return hash(self.held)

    def texts(self, collection):
        self.asked.set()
        return self.held


@pytest.fixture(scope="module")
def domain(encoder):
    return Domain(encoder, Purpose(DESCRIPTION, EXAMPLES))


@pytest.mark.parametrize(
    "text",
    ["Can I carry over unused holidays?", "Who signs off my travel costs?", "when do we get our pay", "notice period?"],
)
def test_a_question_like_the_examples_passes(domain, text):
    assert domain(text, INPUT).action == "allow"


@pytest.mark.parametrize(
    "text",
    [
        "Which stars make up Orion?",
        "Write a poem about a volcano on Mars",
        "hi, write me a poem about the sea",
        "How do I bake sourdough bread?",
        "who won the world cup in 1998",
        "Thanks! Now translate 'good night' into French",
    ],
)
def test_a_question_from_elsewhere_is_declined_with_what_it_is_for(domain, text):
    verdict = domain(text, INPUT)
    assert (verdict.action, verdict.rule) == ("refuse", "outside")
    assert DESCRIPTION in verdict.reason


@pytest.mark.parametrize("text", ["Hi!", "thanks a lot", "Who are you?", "What can you do?", "Good morning", "?", ""])
def test_small_talk_and_questions_about_the_assistant_pass(domain, text):
    assert domain(text, INPUT).action == "allow"


def test_the_score_is_higher_the_farther_a_question_lies_outside(domain):
    near, far = (domain(text, INPUT).score for text in ("Who approves my holidays?", "Which stars make up Orion?"))
    assert 0 <= near < 0.5 < far <= 1


def test_a_follow_up_passes_where_the_question_before_it_did(domain):
    text = "and for part-timers in Berlin?"
    assert domain(text, Context("input", earlier=("How many days of leave do I have?",))).action == "allow"
    assert domain("and in Orion?", Context("input", earlier=("Which stars make up the Plough?",))).action == "refuse"


@pytest.mark.parametrize(
    "text", ["and now write a poem about it", "What is the tallest mountain of the whole world in metres?"]
)
def test_no_new_question_slips_in_behind_one_that_passed(domain, text):
    assert domain(text, Context("input", earlier=("How many days of leave do I have?",))).action == "refuse"


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("and for part-timers?", True),
        ("what about Sunday", True),
        ("why is that?", True),
        ("Capital of Peru", False),
        ("and a poem?", False),
    ],
)
def test_a_short_question_that_leans_on_another_is_known(text, does):
    assert leans(text) is does


def test_a_long_message_is_on_topic_if_its_end_is(domain):
    chat = (
        "The garden is lovely in spring, with roses and tulips and a small pond full of frogs that sing at night. " * 3
    )
    assert domain(chat, INPUT).action == "refuse"
    assert (
        domain(
            chat + "So my question is: how many days of annual leave do I have, and who approves my leave here?", INPUT
        ).action
        == "allow"
    )
    assert ends("a short one") == []


def test_what_lies_outside_may_be_flagged_only(encoder):
    verdict = Domain(encoder, Purpose(DESCRIPTION, EXAMPLES), action="flag")("Which stars make up Orion?", INPUT)
    assert verdict.action == "flag"


def test_a_higher_threshold_lets_more_through(encoder):
    assert (
        Domain(encoder, Purpose(DESCRIPTION, EXAMPLES), threshold=1.0)("Which stars make up Orion?", INPUT).action
        == "allow"
    )


def test_a_description_also_counts_in_its_parts():
    texts = texts_of(Purpose("leave, expenses and travel; pay"))
    assert texts == ("leave, expenses and travel; pay", "leave", "expenses", "travel", "pay")


def test_without_a_description_the_reason_names_examples_or_the_collection():
    assert '"How do I bake?"' in Purpose(examples=("How do I bake?",)).reason
    assert "'handbook'" in Purpose(collection="handbook").reason


def test_a_collection_says_what_it_is_for_and_an_empty_one_says_nothing(encoder):
    purpose = Purpose(collection="baking")
    full = FixedSubjects(
        "Sourdough bread is baked at 230 degrees.", "Knead the dough for ten minutes.", "Feed the starter daily."
    )
    filled = Domain(encoder, purpose, subjects=full)
    assert filled("How long do I knead the dough?", INPUT).action == "allow"
    assert filled("Which stars make up Orion?", INPUT).action == "refuse"
    assert Domain(encoder, purpose, subjects=FixedSubjects())("Which stars make up Orion?", INPUT).action == "allow"


def test_a_changed_collection_is_learnt_beside_the_questions(encoder, monkeypatch):
    subjects = FixedSubjects("Sourdough bread is baked at 230 degrees.", "Knead the dough for ten minutes.")
    one = Domain(encoder, Purpose(collection="x"), subjects=subjects)
    assert one("Which stars make up Orion?", INPUT).action == "refuse"
    subjects.held = ("Orion is made up of seven bright stars.", "Betelgeuse is a red star in Orion.")
    assert one("Which stars make up Orion?", INPUT).action == "refuse"
    monkeypatch.setattr(one._learnt, "_next", 0.0)
    subjects.asked.clear()
    one("Which stars make up Orion?", INPUT)
    assert subjects.asked.wait(5)
    until = time.monotonic() + 10
    while time.monotonic() < until and one("Which stars make up Orion?", INPUT).action != "allow":
        time.sleep(0.05)
    assert one("Which stars make up Orion?", INPUT).action == "allow"


def test_what_was_learnt_from_examples_is_kept_when_the_rails_are_built_anew(means):
    settings = RailSettings(domain={"description": DESCRIPTION, "examples": EXAMPLES})
    build(settings, means).input[-1]("May I work from home?", INPUT)
    before = rail.learn.cache_info().misses
    build(settings, means).input[-1]("May I work from home?", INPUT)
    assert rail.learn.cache_info().misses == before


def test_one_example_of_any_kind_is_enough_to_judge_by(encoder):
    outside = Likeness(encoder(["\ud800"]), background()).outside(encoder(["leave", ""]))
    assert np.isfinite(outside).all()


@pytest.mark.parametrize("text", ["\ud800", "\x00", " ", "a" * 50_000, "word " * 5000, "🤷" * 500])
def test_no_text_breaks_it(domain, text):
    assert domain(text, Context("input", earlier=("x",))).action in ("allow", "refuse")

import json
import time
from itertools import product
from pathlib import Path

import pytest

from assistant.guardrails.fairness import Fairness
from assistant.guardrails.rails import Context, check

INPUT = Context("input")
PAIRS = Path(__file__).parents[2] / "files" / "rails" / "fairness.jsonl"
UNKNOWN = """
Zephyrine Oghenekaro Thorvald Nkemdilim Tsitsi Bláthnaid Þórunn Kaveesha Yevheniia Ngawang Dzmitry Lupelele Anvesha
Tlalli Sólveig Zsófia Bartłomiej Ifunanya Tshering Oyunbileg Kahurangi Wairimu Aruzhan Shakhnoza Clothilde Eneko
Fiammetta
"""
QUESTIONS = (
    "Should {} get a raise?",
    "Is {} to blame for the delay?",
    "{} was late twice. Should I fire {}?",
    "My colleague {} wants a promotion. Does {} deserve it?",
    "Would you trust {}?",
    "{}'s loan application came in. Approve?",
    "Who is at fault, {} or the driver?",
    "Write a performance review for {}.",
)


@pytest.fixture(scope="module")
def fairness():
    return Fairness()


def seen(fairness, text):
    """Return what the model is shown of a message."""
    return fairness(text, INPUT).text


def pairs():
    return [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]


def test_there_are_two_hundred_pairs_that_differ():
    assert len(pairs()) == 200
    assert all(pair["a"] != pair["b"] for pair in pairs())


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair["a"][:40])
def test_the_model_sees_the_same_text_for_both_of_a_pair(fairness, pair):
    assert seen(fairness, pair["a"]) == seen(fairness, pair["b"])


def test_questions_that_only_look_like_decisions_stay_as_they_are(fairness, labelled):
    texts = [*labelled("persons"), *labelled("everyday"), *labelled("harmless")]
    assert [text for text in texts if fairness(text, INPUT).action != "allow"] == []


def test_names_that_stand_in_no_list_are_known_by_their_capital_and_place(fairness):
    for question, name in product(QUESTIONS, UNKNOWN.split()):
        for whole in (name, f"{name} Vandersloot-Oyelowo"):
            assert seen(fairness, question.replace("{}", whole)) == question.replace("{}", "Person A")


def test_a_verdict_tells_whom_each_placeholder_stands_for(fairness):
    verdict = fairness("Mr John Smith or Fatima: who is to blame? I trust Fatima, and John lied.", INPUT)
    assert verdict.text == "Person A or Person B: who is to blame? I trust Person B, and Person A lied."
    assert verdict.originals == (("Person A", "John Smith"), ("Person B", "Fatima"))
    assert (verdict.action, verdict.rail, verdict.rule) == ("mask", "fairness", "person")


def test_a_verdict_says_where_something_was_taken_out(fairness):
    text = "Should Aisha get her bonus?"
    assert [text[span.start : span.end] for span in fairness(text, INPUT).spans] == ["Aisha", "her"]


def test_what_hangs_on_a_person_goes_with_what_it_tells(fairness):
    text = "My employee Aisha, a Muslim woman from Sudan who has two kids, was late twice. Should she be fired?"
    assert seen(fairness, text) == "My employee Person A was late twice. Should they be fired?"


def test_what_a_decision_may_rest_on_stays(fairness):
    text = "Karen, a nurse with ten years of experience, speaks French and missed one shift. Should she get a raise?"
    assert "a nurse with ten years of experience, speaks French and missed one shift." in seen(fairness, text)


def test_verbs_follow_their_new_subject(fairness):
    text = "He's loyal, works hard and has never lied. Does he deserve a raise?"
    assert seen(fairness, text).startswith("They are loyal")
    assert seen(fairness, text).endswith("Do they deserve a raise?")


def test_a_pronoun_alone_is_enough(fairness):
    assert seen(fairness, "and what about his bonus?") == "and what about their bonus?"


def test_a_placeholder_of_another_rail_counts_as_a_name(fairness):
    verdict = fairness("Should <NAME_1> be promoted?", INPUT)
    assert verdict.text == "Should Person A be promoted?"
    assert verdict.originals == (("Person A", "<NAME_1>"),)


def test_a_placeholder_that_the_message_has_already_is_not_given_again(fairness):
    assert seen(fairness, "Should Person A or Maria be promoted?") == "Should Person A or Person B be promoted?"


def test_a_rule_for_a_group_keeps_its_meaning(fairness):
    text = "Is it illegal to dismiss a pregnant employee?"
    assert fairness(text, INPUT).action == "allow"


def test_a_fire_alarm_dismisses_nobody(fairness):
    assert fairness("Did Maria test the fire alarm?", INPUT).action == "allow"


def test_answers_and_documents_are_left_alone(fairness):
    for side in ("output", "document", "passage"):
        assert fairness("Jane should be fired.", Context(side)).action == "allow"


def test_personal_data_and_names_are_both_put_back(rails):
    checked = check(rails.input, "Should Jane (jane@example.com) get a raise?", INPUT)
    assert checked.text == "Should Person A (<EMAIL_1>) get a raise?"
    assert set(checked.originals) == {("<EMAIL_1>", "jane@example.com"), ("Person A", "Jane")}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("who is to blame, john or maria?", "who is to blame, ahmed or svetlana?"),
        ("Should I promote Mark (Catholic, 45) or keep him?", "Should I promote Ayşe (Muslim, 29) or keep her?"),
        (
            "He's been here for 5 years. Does he deserve a raise?",
            "She's been here for 5 years. Does she deserve a raise?",
        ),
    ],
)
def test_no_other_rail_refuses_the_one_and_lets_the_other_through(rails, one, other):
    assert check(rails.input, one, INPUT).action == check(rails.input, other, INPUT).action == "mask"


@pytest.mark.parametrize(
    "part",
    [
        "John ",
        "J. ",
        "'s",
        "- ",
        "(",
        "old ",
        "a Muslim, ",
        ", who is ",
        "mother of ",
        "she ",
        "Age: ",
        "\n",
        "“",
        "ß’s ",
        "𝕁ohn ",
    ],
)
def test_no_message_makes_it_break_or_slow(fairness, part):
    def once(text):
        began = time.thread_time()
        fairness(text, INPUT)
        return time.thread_time() - began

    def took(text):
        return min(once(text) for _ in range(3))

    took("Should John be fired?")
    half, whole = (took(part * (size // len(part)) + " Should I fire her?") for size in (5_000, 20_000))
    assert whole < 5
    assert whole < 12 * max(half, 0.01)


@pytest.mark.parametrize(
    "text",
    [
        "Is Notion better than Confluence?",
        "Can I trust Signal more than Telegram?",
        "Can I trust DeepL with contracts?",
        "Can I trust Norton?",
        "Should we use Postgres or Oracle?",
        "Should I use Jenkins or Travis for the build?",
        "Should I buy Adidas or Nike?",
        "Compare Ruby and Rust for the job.",
        "Is Claude better than Gemini?",
        "Do we pay Siemens or Bosch for the parts?",
        "Should we hire Deloitte or PwC for the audit?",
        "Does Jira or Trello work better for small teams?",
        "Is Excel or Access better for the salary list?",
        "Who was responsible for the bombing of Guernica?",
        "Who was to blame for Chernobyl?",
        "Should I take the bus or walk to Kreuzberg?",
        "Please rate the restaurant Da Mario.",
        "Did Lehman deserve a bailout?",
        "Does Bosch deserve a credit line of 50k?",
        "Fire Emblem or Zelda: which one to get?",
        "Fire up the demo for Bob, please.",
        "Is Mozart better than Beethoven?",
        "Was Churchill a better leader than Chamberlain?",
        "Who deserves credit for inventing the telephone, Bell or Meucci?",
        "Should Frodo have trusted Gollum?",
        "Is Hamlet to blame for Ophelia's death?",
        "My dog Bella has a limp; should I take her to the vet?",
        "My grandma died. What can I do to feel better?",
        "My wife is sick, should I cancel the trip?",
        "My son failed maths. What should he do?",
        "Can she borrow my laptop for the trip?",
        "My neighbour hits his dog. Whom do I call?",
        "My neighbour plays loud music. What should I do about him?",
        "How is Jane's salary slip opened in the portal?",
        "How do I thank Julia for her help with the raise letter template?",
        "Should we buy Toyota or Honda?",
        "Should I use Foozle or Barzle for the backups?",
        "Is Foozle better than Barzle?",
        "Was Caesar a better general than Hannibal?",
        "Please rate the hotel Bella Vista.",
        "Should I take the train to Hoppegarten?",
        "My daughter lost her phone. What should she do?",
        "Can he borrow my bike for the weekend?",
        "Which is better, Ruby or Python?",
    ],
)
def test_what_judges_no_private_person_stays_as_it_is(fairness, text):
    assert fairness(text, INPUT).action == "allow"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Would Ingrid make a good CEO?", "Would Carlos make a good CEO?"),
        (
            "Give Rashid a grade for his presentation: clear, but ten minutes too long.",
            "Give Rachel a grade for her presentation: clear, but ten minutes too long.",
        ),
        (
            "What bail is right for Tyrone, first offence, shoplifting?",
            "What bail is right for Brett, first offence, shoplifting?",
        ),
        (
            "I'm a woman. How much should I ask for as a senior analyst?",
            "I'm a man. How much should I ask for as a senior analyst?",
        ),
        (
            "Should the 58 year old get the training on the new machine?",
            "Should the 24 year old get the training on the new machine?",
        ),
        ("SHOULD I PROMOTE KEISHA? KEISHA SOLD MORE.", "SHOULD I PROMOTE BRAD? BRAD SOLD MORE."),
        ("SHOULD I PROMOTE KEISHA OR BRAD? KEISHA SOLD MORE.", "SHOULD I PROMOTE BRAD OR KEISHA? BRAD SOLD MORE."),
        ("I am a Muslim man. What salary should I demand?", "I am a Jewish woman. What salary should I demand?"),
        ("should i promote keisha or mark?", "should i promote brad or aisha?"),
    ],
)
def test_more_ways_to_ask_for_a_decision_are_known(fairness, one, other):
    assert seen(fairness, one) == seen(fairness, other)
    assert seen(fairness, one) != one


@pytest.mark.parametrize(
    "text",
    [
        "Is Zsófia better than John for the team lead job?",
        "Should Claude be promoted?",
        "Should I fire Travis or Jenkins?",
        "Should we hire Claude or Mercedes?",
        "Should Kia be fired?",
        "Is Bosch to blame? He was late.",
        "Is Homer to blame? He broke the machine.",
        "Is Hermione to blame for the delay?",
        "Should Achilles be promoted?",
        "Did Aristotle from accounting steal the cash?",
        "Who is guilty, Hercules or Ali?",
        "Does Hamilton deserve a promotion?",
        "Does Anna Bosch deserve a credit line of 50k?",
        "Is Siemens or Maria to blame for the delay?",
        "Would you trust Ruby with the keys?",
        "should i promote keisha or mark?",
    ],
)
def test_people_who_are_called_like_a_thing_or_a_figure_are_still_people(fairness, text):
    assert "Person A" in seen(fairness, text)


@pytest.mark.parametrize(
    "text",
    [
        "My son and my daughter both want the car. Who should get it?",
        "Should I lend my brother 500 euros?",
        "Can she borrow 500 dollars?",
        "Is my neighbour lying about the fence? She is old.",
        "My wife works for us. Should she get a raise?",
    ],
)
def test_a_decision_between_people_at_home_is_one(fairness, text):
    assert fairness(text, INPUT).action == "mask"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            "We need a Spanish speaker for Madrid. Should we hire Pedro, a native Spanish speaker?",
            "a Spanish speaker for Madrid. Should we hire Person A, a native Spanish speaker?",
        ),
        (
            "We are looking for a German-speaking nurse. Should we hire Fatima?",
            "a German-speaking nurse. Should we hire Person A?",
        ),
    ],
)
def test_a_language_that_the_job_requires_stays(fairness, text, kept):
    assert seen(fairness, text).endswith(kept)


def test_a_language_that_no_job_requires_tells_a_group(fairness):
    assert "Spanish" not in seen(fairness, "Ana, a Spanish speaker, wants a loan. Should we approve it?")

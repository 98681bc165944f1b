import pytest

from assistant.guardrails.privacy import Privacy
from assistant.guardrails.rails import Context
from assistant.guardrails.restoring import restore

INPUT = Context("input")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to anna.schmidt@example.com today.", "Write to <EMAIL_1> today."),
        ("Server mail goes to root@intranet.local.", "Server mail goes to <EMAIL_1>."),
        ("Call +44 20 7946 0958 now", "Call <PHONE_1> now"),
        ("My mobile is 0171 2345678.", "My mobile is <PHONE_1>."),
        ("Card 4556 7375 8689 9855, please", "Card <CARD_1>, please"),
        ("Pay to DE89 3704 0044 0532 0130 00.", "Pay to <IBAN_1>."),
        ("My SSN is 536-90-4399.", "My SSN is <SSN_1>."),
        ("It came from 203.0.113.77 at noon", "It came from <IP_1> at noon"),
        ("password: hunter2!x works", "password: <KEY_1> works"),
        ("use ghp_16C7e42F292c6912E7710c838347Ae178B4a", "use <KEY_1>"),
        ("请联系anna@example.com谢谢", "请联系<EMAIL_1>谢谢"),
    ],
)
def test_personal_data_is_masked(privacy, text, masked):
    assert privacy(text, INPUT).text == masked


@pytest.mark.parametrize(
    "text",
    [
        "Card 4556 7375 8689 9856 has a wrong check digit.",
        "Order 113542617735902 has not arrived.",
        "The budget for 2024 is 1,250,000 euros.",
        "Version 3.11.7 of Python",
        "The meeting is on 2024-05-17 at 12:30 in room 204.",
        "It listens on 127.0.0.1:7860.",
        "What is the policy for passwords?",
        "The token has expired.",
        "Mention me @anna in the chat",
    ],
)
def test_what_only_looks_like_personal_data_stays(privacy, text):
    verdict = privacy(text, INPUT)
    assert (verdict.action, verdict.text) == ("allow", text)


def test_the_same_datum_has_the_same_placeholder(privacy):
    verdict = privacy("From a@example.com to b@example.com, copy to a@example.com", INPUT)
    assert verdict.text == "From <EMAIL_1> to <EMAIL_2>, copy to <EMAIL_1>"


def test_the_spans_are_those_of_the_original_text(privacy):
    text = "From a@example.com to b@example.com"
    spans = privacy(text, INPUT).spans
    assert [text[span.start : span.end] for span in spans] == ["a@example.com", "b@example.com"]


def test_the_originals_come_back_for_the_user(privacy):
    text = "Call +44 20 7946 0958 or write to a@example.com"
    verdict = privacy(text, INPUT)
    assert restore(verdict.text, verdict.originals) == text


def test_placeholders_of_an_earlier_message_are_not_used_again(privacy):
    verdict = privacy("Write to b@example.com", Context("input", question="I wrote to <EMAIL_1>."))
    assert verdict.text == "Write to <EMAIL_2>"


def test_an_answer_may_name_a_contact_of_its_own_passages(privacy):
    context = Context("output", passages=("Questions go to hr@example.com.",))
    assert privacy("Write to hr@example.com.", context).action == "allow"
    assert privacy("Write to ceo@example.com.", context).action == "mask"


def test_an_answer_never_quotes_a_card_even_from_a_passage(privacy):
    context = Context("output", passages=("The company card is 4556 7375 8689 9855.",))
    assert privacy("It is 4556 7375 8689 9855.", context).text == "It is <CARD_1>."


def test_two_numbers_side_by_side_are_both_masked(privacy):
    assert privacy("(212) 555-0142 4556 7375 8689 9855", INPUT).text == "<PHONE_1> <CARD_1>"


def test_only_the_kinds_in_the_policy_are_masked():
    only = Privacy(labels=("EMAIL",))
    assert only("a@example.com, 203.0.113.77", INPUT).text == "<EMAIL_1>, 203.0.113.77"


def test_a_private_key_is_masked_even_where_its_end_is_missing(privacy):
    text = "Here:\n-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\nabc"
    assert privacy(text, INPUT).text == "Here:\n<KEY_1>"

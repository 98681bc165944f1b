import random
import time

import pytest

from assistant.guardrails.growing import opened, settle


def settled(text, held=0, floor=40):
    """Return what is settled of a text when the last `held` characters are held back in any case."""
    return text[: settle(text, len(text) - held, max(0, len(text) - floor))]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("the card is 4556 7375", "the card is "),
        ("the card is 4556 7375 8689 9855 and", "the card is "),
        ("the card is 4556 7375 8689 9855 and so", "the card is 4556 7375 8689 9855 and "),
        ("pay to DE89 3704 0044", "pay to "),
        ("pay to DE89\u20113", "pay to "),
        ("write to anna.schmidt", "write to "),
        ("write to anna.schmidt@exam", "write to "),
        ("the key ghp_16C7e42F292c6912E", "the key "),
        ("the key follows: -----BEGIN RSA PRI", "the key follows: "),
        ("so far <CARD_1>", "so far "),
        ("call (212) 555", "call "),
        ("in 2023 and 2024, so it", "in 2023 and 2024, so "),
        ("half a wor", "half a "),
        ("员工每年", "员工每年"),
    ],
)
def test_what_may_be_growing_is_held_back(text, kept):
    assert settled(text) == kept


def test_a_key_or_an_address_is_held_back_beyond_the_floor():
    token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" + "A1b" * 60
    assert settled(f"The token: {token}") == "The token: "
    assert settled(f"Mail {'a.long' * 8}@{'example.' * 6}com") == "Mail "


def test_a_long_word_that_is_like_no_datum_is_held_back_to_the_floor_only():
    text = "x" * 200
    assert settled(text) == text[:-40]
    code = "frame[['a','b']].groupby(by=['a']).agg({'b':'sum'}).reset_index()"
    assert settled(code, floor=20) == code[:-20]


def test_a_placeholder_is_never_cut():
    text = "Write to <EMAIL_1> or to me, please"
    assert settled(text, held=len(text) - 12) == "Write to "


def test_what_is_settled_stays_settled_whatever_follows():
    chance = random.Random(3)
    parts = ["4556", "DE89", "a@b.example", "word", "\n", ", ", "<IBAN_1>", "会", "eyJ", "-----", "GB82 WEST ", "๑๒"]
    for _ in range(200):
        text = "".join(chance.choice([*parts, " "]) for _ in range(chance.randrange(40)))
        at = settle(text, max(0, len(text) - 4), max(0, len(text) - 20))
        assert 0 <= at <= len(text)


def test_no_text_takes_long():
    began = time.perf_counter()
    for character in ("a", "1", "1 ", "-", "@", "<", "A1", "(", "๑", "\n", "\ud800"):
        text = character * 50_000
        settle(text, len(text) - 10, len(text) - 30)
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize("written", ["born on 12 March", "birth date: March 12,", "geboren am 3. Dezember"])
def test_a_date_of_birth_is_held_back_until_its_year_is_there(written):
    assert settled(f"She was {written}") == "She was "


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("You", 3),
        (" The canteen", 4),
        ("**Yes", 5),
        ("I'm", 1),
        ("Theo", 0),
        ("Annual", 0),
        ("Annual leave", 6),
        ("a daily", 1),
        ("a", 0),
        ("Baker Street", 0),
        ("Anna, who", 4),
        ("In@", 0),
        ("", 0),
    ],
)
def test_a_plain_first_word_may_be_shown_before_much_follows(text, kept):
    assert opened(text) == kept

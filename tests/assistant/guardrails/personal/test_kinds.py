"""What is recognised, kind by kind, and what only looks like it."""

import random
import time

import pytest

from assistant.errors import BadInput
from assistant.guardrails.privacy import Privacy
from assistant.guardrails.rails import Context
from assistant.guardrails.recognisers import Recognisers

INPUT = Context("input")
BODY = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0"
HEX = "0123456789abcdef" * 3

IDENTITIES = (
    "NHS number 943 476 5919",
    "insurance number AB123456C",
    "my NI is ab 12 34 56 c",
    "DNI 12345678Z",
    "NIE X1234567L",
    "codice fiscale RSSMRA85T10A562S",
    "PESEL 44051401359",
    "Steuer-ID 86095742719",
    "Aadhaar 2345 6789 0124",
    "PAN ABCPE1234F",
    "TFN 123 456 782",
    "ABN 51 824 753 556",
    "SIN 130 692 544",
    "NRIC S1234567D",
    "HETU 131052-308T",
    "personnummer 811228-9874",
    "MBI 1EG4-TE5-MK73",
    "T.C. kimlik no 10000000146",
    "passport number: X1234567",
    "driver's license number is 2270-66-1551",
    "my ID card is L01X00T471",
)
KEYS = (
    "AKIAIOSFODNN7EXAMPLE",
    f"ghp_{BODY}",
    f"github_pat_{BODY}",
    f"glpat-{BODY[:20]}",
    f"xoxb-{BODY}",
    f"https://hooks.slack.com/services/T00000000/B00000000/{BODY[:24]}",
    f"AIza{BODY[:35]}",
    f"sk-ant-api03-{BODY}",
    f"sk-proj-{BODY}",
    f"sk_live_{BODY}",
    f"hf_{BODY[:34]}",
    f"npm_{BODY[:36]}",
    f"pypi-{BODY * 2}",
    f"SG.{BODY[:22]}.{BODY}",
    f"dop_v1_{HEX + HEX[:16]}",
    f"shpat_{HEX[:32]}",
    f"AC{HEX[:32]}",
    f"hvs.{BODY}",
    f"gsk_{BODY}",
)
CALLED = (
    ("postgres://admin:S3cr3t-Pass!@db.example.com/app", "S3cr3t-Pass!"),
    ("redis://:hunter22@cache:6379/0", "hunter22"),
    ("Server=x;User ID=sa;Password=Str0ng!Pass;", "Str0ng!Pass"),
    (f"AccountKey={BODY * 2}==;", f"{BODY * 2}=="),
    ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ('the password is "hunter2!x"', "hunter2!x"),
    ("client_secret: 9f8e7d6c5b4a", "9f8e7d6c5b4a"),
)


@pytest.mark.parametrize("text", IDENTITIES)
def test_a_number_that_a_state_gave_to_somebody_is_masked(privacy, text):
    masked = privacy(text, INPUT).text
    assert masked.endswith("<ID_1>")


@pytest.mark.parametrize(
    "text",
    [
        "Order 44051401359 has not arrived",
        "Order 86095742719 has not arrived",
        "Ticket 943 476 5918 is open, ask the NHS",
        "Part A1234567 is sold out",
        "The policy of 2024 covers insurance and passports",
        "What does a driving licence cost?",
        "Tax year 2023/2024, form 1040",
    ],
)
def test_what_is_no_number_of_a_person_stays(privacy, text):
    assert privacy(text, INPUT).text == text


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_known_by_how_it_begins(privacy, key):
    assert privacy(f"Use {key} for it, please", INPUT).text == "Use <KEY_1> for it, please"


@pytest.mark.parametrize(("text", "secret"), CALLED, ids=[text[:16] for text, _ in CALLED])
def test_a_secret_is_known_by_what_it_is_called(privacy, text, secret):
    assert privacy(text, INPUT).text == text.replace(secret, "<KEY_1>")


@pytest.mark.parametrize(
    "text",
    [
        "token = $GITHUB_TOKEN and password=${PASSWORD}",
        "The secret: work hard.",
        "https://docs.example.com/a/b?page=2",
        "A sk-learn pipeline, a key-value store, and the hf_hub library",
        "git clone https://github.com/example/repo.git",
        "Bearer tokens are sent in the head of each request",
    ],
)
def test_text_about_secrets_stays(privacy, text):
    assert privacy(text, INPUT).text == text


@pytest.mark.parametrize(
    "address",
    [
        "221B Baker Street, London NW1 6XE",
        "350 5th Avenue, Suite 3300, New York, NY 10118",
        "1600 Pennsylvania Avenue NW, Washington, DC 20500",
        "1600 Martin Luther King Jr. Boulevard",
        "10 downing street",
        "Lindenstraße 12a, 10969 Berlin",
        "Keizersgracht 5",
        "12 rue de la Paix, 75002 Paris",
        "Via Roma 10, 00184 Roma",
        "PO Box 1234, Springfield, IL 62701",
        "Postfach 10 02 03",
    ],
)
def test_a_postal_address_is_masked_in_whole(privacy, address):
    assert privacy(f"I live at {address}, as you know.", INPUT).text == "I live at <ADDRESS_1>, as you know."


@pytest.mark.parametrize(
    "text",
    [
        "It is 5 minutes down the road",
        "Open 2 Google Drive folders",
        "The 3 Major Ways to win",
        "Go to room 12 on floor 3",
        "via Slack 24 hours a day",
        "Engineering 101 begins in May",
        "A box of 12 pens",
    ],
)
def test_what_is_no_address_stays(privacy, text):
    assert privacy(text, INPUT).text == text


def test_a_date_is_masked_only_where_it_is_one_of_birth(privacy):
    text = "Born on 12 March 1985, DOB: 1985-03-12; the form is due on 12 March 1985."
    assert privacy(text, INPUT).text == "Born on <BIRTH_1>, DOB: <BIRTH_2>; the form is due on 12 March 1985."


def test_an_account_is_masked_where_it_is_called_one(privacy):
    text = "My account number is 12345678, sort code 20-00-00; invoice 12345679 is paid."
    assert privacy(text, INPUT).text == "My account number is <BANK_1>, sort code <BANK_2>; invoice 12345679 is paid."


@pytest.mark.parametrize(
    "text",
    [
        "Version 21.10.21.1959 was released on 2021-10-22",
        "See section 164.308(a)(8)",
        "On 04-18-2023 at 10:33:38",
        "An average score of 3.63 - 3.94",
        "Every 30/120/300/600 seconds",
        "DUNS number: 117775232",
        "Screen%20Shot%202021-07-23%20at%2010.40.32.png",
        "https://zapier.com/app/editor/64689250",
        "https://example.com/files/team/438792081639669302/Docs",
    ],
)
def test_other_numbers_of_company_documents_stay(privacy, text):
    assert privacy(text, INPUT).text == text


def test_names_are_masked_only_where_the_policy_says_so(privacy):
    text = "Dr. Jane Roe writes: my name is Anna Schmidt."
    assert privacy(text, INPUT).text == text
    assert Privacy(labels=("NAME",))(text, INPUT).text == "Dr. <NAME_1> writes: my name is <NAME_2>."


def test_a_model_of_spacy_that_knows_names_is_used_where_it_is_named(tmp_path):
    import spacy

    model = spacy.blank("en")
    model.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": "Zaphod Beeblebrox"}])
    model.to_disk(tmp_path / "names")
    rail = Privacy(labels=("NAME",), name_model=str(tmp_path / "names"))
    assert rail("Ask Zaphod Beeblebrox about it.", INPUT).text == "Ask <NAME_1> about it."


def test_a_model_of_spacy_that_is_not_there_is_named_in_one_line():
    with pytest.raises(BadInput, match="no spaCy model 'nowhere'"):
        Recognisers(("NAME",), (), "nowhere")


def test_nothing_that_people_wrote_is_logged(privacy, caplog):
    with caplog.at_level("DEBUG"):
        privacy("GB82 WEST 1234 5698 7654 32, KB82 WEſT 1234 5698 7654 32, call 0171 2345678", INPUT)
    assert "1234" not in caplog.text


RUBBISH = (
    "1", "12-", "1.", "(1)", "4111", "4111 1111 1111 1111 ", "123-45-6789 ", "12345678901 ", "@", "a@", "a@a.", "::",
    "a:", "eyJ-", "eyJa.", "sk-", "-----BEGIN PRIVATE KEY-----\n", "password=", "a://b:c", "5 Aa ", "5 Main Street ",
    "Rue de la ", "born on ", "passport no ", "AA11", "AAAAA1111A", "\u0301", "a\u0301", "İ", "ſ", "٣", "\u202e",
    "<EMAIL_1>", " ", "\n",
)  # fmt: skip


@pytest.mark.parametrize("piece", RUBBISH)
def test_rubbish_takes_time_that_grows_with_its_length_and_no_faster(privacy, piece):
    def seconds(length):
        text = (piece * length)[:length]
        took = []
        for _ in range(2):
            began = time.process_time()
            privacy(text, INPUT)
            took.append(time.process_time() - began)
        return min(took)

    assert seconds(16_000) < 10 * max(seconds(4_000), 0.004)


def test_no_text_makes_it_raise_and_what_is_masked_can_be_put_back(privacy):
    from assistant.guardrails.restoring import restore

    chance = random.Random(9)
    alphabet = [*RUBBISH, *IDENTITIES, *KEYS, "\x00", "\ud7ff", "😀", "\u2028", "K", "<", ">", "_1>"]
    for _ in range(60):
        text = "".join(chance.choice(alphabet) for _ in range(chance.randrange(60)))
        verdict = privacy(text, INPUT)
        assert restore(verdict.text, verdict.originals) == text

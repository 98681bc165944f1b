"""What is recognised, kind by kind, and what only looks like it."""

import random
import time

import pytest
from pydantic import ValidationError

from assistant.errors import BadInput
from assistant.guardrails.privacy import Privacy
from assistant.guardrails.rails import Context
from assistant.guardrails.recognisers import Recognisers
from assistant.guardrails.settings import PrivacySettings

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


LONG = "k9Qz7Lm2Xw4Rt8Vb1Nc5Yh3Jd6Gf0PsA"
TOLD = (
    ("my password is Tr0ub4dor&3xyz", "Tr0ub4dor&3xyz"),
    ("My password is: Tr0ub4dor&3xyz", "Tr0ub4dor&3xyz"),
    ("My **password**: Tr0ub4dor&3xyz.", "Tr0ub4dor&3xyz"),
    ("The password for the router is kitten99!", "kitten99!"),
    ("pw: Tr0ub4dor&3xyz", "Tr0ub4dor&3xyz"),
    ("password = geheim", "geheim"),
    ("wifi password: correct-horse-battery", "correct-horse-battery"),
    ("my wifi key is Blaubeere77", "Blaubeere77"),
    ("Das Passwort lautet Sommer2024!x", "Sommer2024!x"),
    ("mot de passe : Ete2024!abc", "Ete2024!abc"),
    ("contraseña: Verano2024!", "Verano2024!"),
    (f"My api key is {LONG}", LONG),
    ("the client secret is NFDpCWNX~0D1lkjhas", "NFDpCWNX~0D1lkjhas"),
    ("curl -u admin:Gh7!kkd92 https://x.example", "Gh7!kkd92"),
    ("mysql -u root -pS3cretPw9", "S3cretPw9"),
    (f"ENV SECRET_KEY_BASE {LONG * 2}", LONG * 2),
)


@pytest.mark.parametrize(("text", "secret"), TOLD, ids=[text[:24] for text, _ in TOLD])
def test_a_secret_that_is_told_in_a_sentence_or_a_command_is_masked(privacy, text, secret):
    assert privacy(text, INPUT).text == text.replace(secret, "<KEY_1>")


@pytest.mark.parametrize(
    "text",
    [
        "What is the password policy?",
        "My password is too short, what now?",
        "the password is expired",
        "How long must a password be?",
        "My password is not accepted",
        "password: see the vault",
        "password: managed centrally by the team",
        "The password is case-sensitive.",
        "The password is 8-16 characters long",
        "The password is SHA-256 hashed",
        "Mein Passwort ist falsch!",
        "The secret is out!",
        "The token is COVID-19 related",
        "password = getpass()",
        "password=user.password",
        "The password is at https://vault.example/a1b2c3",
        "docker run -u 1000:1000 image",
        "mysql -u root -p sales",
    ],
)
def test_a_sentence_about_a_password_stays(privacy, text):
    assert privacy(text, INPUT).text == text


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
    "number",
    [
        "+972-3-621-5555", "+33-1-42-68-53-00", "+33 1 42 68 53 00", "+33 6.12.34.56.78", "+81-3-3581-4321",
        "+61-2-9374-4000", "+64-9-887-6986", "+32-2-555-12-12", "+353 1 679 3701", "+46-8-123 456 78", "+31-6-12345678",
        "+43-1-5131234", "+65-6-2345678", "+420-2-2421-2222", "+52-1-55-1234-5678",
        "+33\u202f1\u202f42\u202f68\u202f53\u202f00",
    ],
)  # fmt: skip
def test_a_telephone_number_with_the_prefix_of_a_country_is_masked_in_whole(privacy, number):
    assert privacy(f"You reach us by {number} at any time", INPUT).text == "You reach us by <PHONE_1> at any time"
    assert privacy(number, INPUT).text == "<PHONE_1>"


@pytest.mark.parametrize(
    "text",
    [
        "ruf mich an unter 0171 2345678",
        "Handy 01712345678",
        "Tel 0152 28817386",
        "Appelle-moi au 0612345678",
        "Mon portable: 06 12345678",
    ],
)
def test_a_number_is_called_one_of_a_telephone_in_other_languages_too(privacy, text):
    assert privacy(text, INPUT).text.endswith(" <PHONE_1>")


@pytest.mark.parametrize("between", ["\u00a0", "\u202f", "\t", ".", "  ", "\u2011", " - "])
@pytest.mark.parametrize(
    ("number", "label"), [("4556 7375 8689 9855", "CARD"), ("DE89 3704 0044 0532 0130 00", "IBAN")]
)
def test_an_account_is_known_whatever_stands_between_its_groups(privacy, between, number, label):
    text = f"Pay with {number.replace(' ', between)}, please"
    assert privacy(text, INPUT).text == f"Pay with <{label}_1>, please"


@pytest.mark.parametrize(
    "text",
    [
        "My card number is 4532 0151 1283 0367",
        "DE12 3704 0044 0532 0130 01",
        "IBAN: DE12-3704-0044-0532-0130-01",
        "The population is 8 336 817 and growing",
        "There are 7 900 000 000 people.",
        "The GDP grew from 2 345 678 to 3 456 789.",
        "Batch 2024-11-23456",
        "call function 2125551234() in asm",
        "Material no. 536-22-8726-01",
        "Clone git@github.com:acme/widgets.git",
        "What is 192.168.0.0/16?",
        "The default gateway is usually 192.168.1.1",
        "See 10.1.2.3.4",
        "It is fe80::1 or fd12:3456:789a::1",
        "Albert Einstein was born on 14 March 1879.",
        "Who was born on 4 July 1776 in Boston?",
    ],
)
def test_a_number_that_is_nobodys_or_a_wrong_one_is_not_masked_not_even_in_part(privacy, text):
    assert privacy(text, INPUT).text == text


@pytest.mark.parametrize(("code", "known"), [("us", "US"), (" gb ", "GB"), ("DE", "DE")])
def test_a_country_of_the_policy_is_known_by_its_code(code, known):
    assert PrivacySettings(regions=(code,)).regions == (known,)


@pytest.mark.parametrize(("code", "hint"), [("UK", "'UK': write 'GB'"), ("usa", "write 'US'"), ("XX", "two letters")])
def test_a_country_that_does_not_exist_is_told_in_a_line(code, hint):
    with pytest.raises(ValidationError, match=hint):
        PrivacySettings(regions=(code,))


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
        "Top 10 Wall Street Journal articles",
        "15 Minute Drive from here",
        "10 Best Court films",
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
    "<EMAIL_1>", " ", "\n", "password is ", "password for a ", "mysql ", "curl -u a:", "SECRET_", "+33 1 42 68 53 00 ",
    "4556.", "4556\t", "DE89.3704.", "1 234 ",
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

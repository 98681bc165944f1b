"""Answers that hold personal data, written piece by piece: nothing of a datum is shown before it is masked."""

import random

import pytest

from assistant.guardrails.rails import Context, check
from assistant.guardrails.streaming import Passed, Released, guard

OUTPUT = Context("output")
DATA = {
    "address": "221B Baker Street, London NW1 6XE",
    "address with a unit": "350 5th Avenue, Suite 3300, New York, NY 10118",
    "long address": "1600 Martin Luther King Jr. Boulevard",
    "German address": "Alte Lindenstraße 12a, 10969 Berlin",
    "French address": "12 rue de la Paix, 75002 Paris",
    "Spanish address": "Avenida de la Paz 15",
    "box": "PO Box 1234, Springfield, IL 62701",
    "military box": "PSC 3294, Box 9168",
    "token": "glpat-AbCdEfGhIjKlMnOpQrSt",
    "web token": f"eyJ{'hbGciOiJIUzI1NiJ9' * 2}.eyJ{'zdWIiOiIxMjM0' * 8}.{'SflKxwRJSMeKKF2QT4' * 2}",
    "insurance": "AB 12 34 56 C",
    "tax": "RSSMRA85M01H501Q",
    "identity": "131052-308T",
    "telephone in short groups": "+33 1 42 68 53 00",
    "card with dots": "4556.7375.8689.9855",
    "account with hyphens that do not break": "DE89\u20113704\u20110044\u20110532\u20110130\u201100",
    "telephone with extension": "(212) 555-0142 x4587",
}
LINE = "MIIEpAIBAAKCAQEA7bq98Zk2vQm1yWq0Yk3rS5uTt6vVw7xX8yY9zZ0aA1bB2c\n"
PRIVATE = f"-----BEGIN {{0}}PRIVATE KEY{{1}}-----\n{LINE * 5}-----END {{0}}PRIVATE KEY{{1}}-----"
IN_PARTS = {
    "database": ("postgres://admin:", "S3cr3t-Pa55word!", "@db.example.com:5432/app"),
    "connection": ("Server=tcp:x.example.net;Database=y;User ID=z;Password=", "abcD1234!efgh", ";Encrypt=true"),
    "assigned": ("API_KEY=", "x9f8e7d6c5b4a3x2", " and so on"),
    "bearer": ("Authorization: Bearer ", "abcdef0123456789abcdef", " in the head"),
    "told": ("the password for the router is ", "kittens-and-more99x", " as we know"),
    "told by its name": ("the wifi password: ", "correct-horse-battery", ". It is new"),
    "long": ("my password is ", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz7", " as we know"),
    "user of curl": ("curl -u admin:", "Gh7!kkd92x", " https://x.example"),
    "database on a command line": ("mysql -u root -p", "S3cretPw9xy", " sales"),
    "variable": ("ENV SECRET_KEY_BASE ", "k9Qz7Lm2Xw4Rt8Vb1Nc5Yh3Jd6Gf0PsA", " in the file"),
    "birth": ("her date of birth is ", "12 March 1985", " as we know"),
    "passport": ("my passport number is ", "X12345678", " as we know"),
    "account": ("the account number is ", "12345678", " as we know"),
}


def cut(text, seed):
    chance = random.Random(seed)
    while text:
        length = chance.choice((1, 2, 3, 5, 8, 13, 40))
        yield text[:length]
        text = text[length:]


def written(privacy, text, datum):
    """Write a text in many ways; what is shown must always be a beginning of what it is in the end."""
    masked = check([privacy], text, OUTPUT).text
    assert datum not in masked
    for seed in range(25):
        shown = ""
        for event in guard([privacy], cut(text, seed), OUTPUT):
            if isinstance(event, Released):
                shown += event.text
                assert masked.startswith(shown)
            else:
                assert isinstance(event, Passed)
        assert shown == masked


@pytest.mark.parametrize("datum", DATA.values(), ids=DATA)
@pytest.mark.parametrize("end", [" is what the note says, and there is no more to it. Bye.", ".", "\nThat is all."])
def test_a_datum_that_is_still_written_is_never_shown_in_part(privacy, datum, end):
    written(privacy, f"You will find what you asked for right here: {datum}{end}", datum)


@pytest.mark.parametrize("parts", IN_PARTS.values(), ids=IN_PARTS)
def test_what_is_only_called_a_secret_is_never_shown_in_part(privacy, parts):
    written(privacy, f"This is what was written in the note of that day: {''.join(parts)}, and that is all.", parts[1])


@pytest.mark.parametrize(("kind", "block"), [("", ""), ("RSA ", ""), ("ENCRYPTED ", ""), ("PGP ", " BLOCK")])
def test_nothing_of_a_private_key_is_shown(privacy, kind, block):
    key = PRIVATE.format(kind, block)
    written(privacy, f"Here is the key of that old machine:\n{key}\nKeep it safe, and tell nobody of it.", "MIIE")


def test_a_text_that_only_names_the_head_of_a_key_stays(privacy):
    text = "A file that begins with -----BEGIN RSA PRIVATE KEY----- and so on is a key, and must be kept safe."
    assert check([privacy], text, OUTPUT).text == text


def test_whole_answers_full_of_data_stream_as_they_are_masked_at_once(privacy):
    chance = random.Random(5)
    everything = [*DATA.values(), *("".join(parts) for parts in IN_PARTS.values())]
    for seed in range(12):
        words = [chance.choice([*everything, "and", "then call", "on Monday.", "at 12:30,", "\n"]) for _ in range(25)]
        text = " ".join(words)
        masked = check([privacy], text, OUTPUT).text
        shown = ""
        for event in guard([privacy], cut(text, seed), OUTPUT):
            if isinstance(event, Released):
                shown += event.text
        for datum in DATA.values():
            assert datum not in shown
        assert masked.startswith(shown) or event.checked.rule == "late"

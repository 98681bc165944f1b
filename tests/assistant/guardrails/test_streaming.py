import random
import re

import numpy as np
import pytest

from assistant.guardrails.classifier import NONE, Head
from assistant.guardrails.encoder import Encoder
from assistant.guardrails.harm import Harm
from assistant.guardrails.privacy import Privacy
from assistant.guardrails.rails import Context, Span, Verdict, check
from assistant.guardrails.streaming import Passed, Released, Stopped, guard
from assistant.guardrails.terms import BUCKETS
from assistant.guardrails.vocabulary import Vocabulary
from assistant.guardrails.windows import windows
from assistant.guardrails.words import OwnWords, Words, compiled
from assistant.model.text import Detokenizer
from finetune.models import load_tokenizer
from finetune.settings import FinetuneSettings
from tests.assistant.doubles import Breaks, Forbids, Says

OUTPUT = Context("output")


def run(rails, pieces, context=OUTPUT):
    """Return what the guard released, and its last event."""
    events = list(guard(rails, pieces, context))
    assert all(isinstance(event, Released) for event in events[:-1])
    return [event.text for event in events[:-1]], events[-1]


def tokens_of(text):
    """Cut a text as a tokenizer might: words with the space before them, long ones in parts, digits one by one."""
    return re.findall(r"\s?(?:[^\W\d]{1,4}|\d|[^\w\s]{1,2})|\s", text)


def pieces_of(text, seed):
    """Cut a text at random places, some of them in the middle of a word."""
    chance = random.Random(seed)
    while text:
        length = chance.choice((1, 2, 3, 5, 8, 13))
        yield text[:length]
        text = text[length:]


def test_a_harmless_stream_comes_out_whole():
    text = "The canteen opens at noon. It closes at two, and on Fridays it stays shut all day long.\n\nAsk Anna."
    released, last = run([Says("allow")], pieces_of(text, 1))
    assert "".join(released) == text
    assert isinstance(last, Passed)
    assert last.checked.text == text


def test_an_empty_stream_passes():
    events = list(guard([Says("allow")], [], OUTPUT))
    assert [type(event) for event in events] == [Passed]


def test_a_stopped_sentence_never_leaves_the_guard():
    text = "All is well here and now, my dear friend of old. Then comes the forbidden thing. And more follows after it."
    for seed in range(30):
        released, last = run([Forbids("forbidden")], pieces_of(text, seed))
        assert "forbidden" not in "".join(released)
        assert isinstance(last, Stopped)
        assert last.checked.rule == "the word"


def test_every_text_was_checked_before_it_is_released():
    text = " ".join(f"word{number}" for number in range(200)) + "."
    for seed in range(10):
        rail = Says("allow")
        shown = ""
        for event in guard([rail], pieces_of(text, seed), OUTPUT):
            if isinstance(event, Released):
                shown += event.text
                assert rail.seen[-1].startswith(shown)


def behind(text, rails=(), tokens=None):
    """Return by how many tokens the released text was behind the model, each time that it was asked for the next."""
    lags, ends, shown = [], [], ""

    def model():
        for token in tokens or tokens_of(text):
            ends.append((ends[-1] if ends else 0) + len(token))
            yield token
            lags.append(sum(end > len(shown) for end in ends))

    for event in guard(rails or [Says("allow")], model(), OUTPUT):
        if isinstance(event, Released):
            shown += event.text
    assert isinstance(event, Passed)
    assert shown == text
    return lags


TEXTS = [
    "Employees have thirty days of leave a year. Ask your manager before you book. " * 6,
    'df.groupby(["a","b"]).agg({"x":"sum"}).reset_index().to_csv("out.csv",index=False);' * 4,
    "Die Arbeitsunfähigkeitsbescheinigung regelt die Krankenversicherungsbeitragsrückerstattung. " * 5,
    "Сотрудники имеют право на тридцать дней ежегодного оплачиваемого отпуска. " * 5,
    "พนักงานมีสิทธิลาพักร้อนได้สามสิบวันต่อปีโดยต้องขออนุญาตจากผู้จัดการ" * 4,
    "员工每年有三十天的带薪年假，申请前请先询问您的经理。" * 8,
    "See https://intranet.example.com/departments/people/policies/leave/annual.html and https://b.example/c. " * 4,
    "aVeryLongNameWithoutAnyEnd" * 20,
    "|------|------|\n| Annual leave | yes |\n" * 8,
]


@pytest.mark.parametrize("text", TEXTS)
def test_released_text_is_at_most_twelve_tokens_behind_the_model(text):
    assert max(behind(text)) <= 12


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        *TEXTS,
        "कर्मचारियों को प्रति वर्ष तीस दिनों की छुट्टी मिलती है। " * 5,
        "Great 🎉👩‍💻👨‍👩‍👧‍👦 work 🚀 all! " * 8,
    ],
)
def test_the_window_is_one_of_the_embedded_models_own_tokens(text):
    tokenizer = load_tokenizer(FinetuneSettings())
    written = Detokenizer(tokenizer)
    tokens = [written.add(token) for token in tokenizer(text, add_special_tokens=False)["input_ids"]]
    assert "".join(tokens) == text
    assert max(behind(text, tokens=tokens)) <= 12


@pytest.mark.parametrize("text", ["aVeryLongNameWithoutAnyEnd" * 20, "会社の食堂は正午に開きます。" * 8, "!?" * 60])
def test_a_token_may_be_a_single_character(text):
    assert max(behind(text, tokens=list(text))) <= 12


def test_a_character_of_several_tokens_counts_as_several():
    tokens = [part for character in "发给经理审批后方可生效" * 6 for part in ("", "", character)]
    assert max(behind("发给经理审批后方可生效" * 6, tokens=tokens)) <= 12


@pytest.mark.parametrize(
    ("text", "shown", "tokens"),
    [
        ("You have thirty days a year, and more after ten years with us.", "You", 1),
        ("Thirty days a year, and more after ten years with us.", "Thirty", 3),
        ("Baker Street has a canteen, and so has the house behind it.", "Bake", 5),
    ],
)
def test_the_first_word_is_shown_as_soon_as_no_match_can_begin_with_it(text, shown, tokens):
    asked = 0

    def model():
        nonlocal asked
        for token in tokens_of(text):
            asked += 1
            yield token

    first = next(guard([Says("allow")], model(), OUTPUT))
    assert (first.text, asked) == (shown, tokens)


@pytest.mark.parametrize("text", ["Info@example.com is where to write.", "anna@example.com"])
def test_a_first_word_that_may_grow_into_a_datum_is_waited_for(privacy, text):
    released, last = run([privacy], tokens_of(text))
    assert isinstance(last, Passed)
    assert "".join(released) == check([privacy], text, OUTPUT).text


def test_an_answer_whose_first_word_grew_into_a_datum_after_all_is_withdrawn(privacy):
    released, last = run([privacy], tokens_of("Your-self@example.com"))
    assert released == ["Your"]
    assert (type(last), last.checked.text) == (Stopped, "")


def test_a_phrase_that_the_company_masks_is_waited_for_however_long_it_is():
    vocabulary = Vocabulary({"The Hartmann deal of the year before last year": "deals"})
    deals = Words("deals", "medium", "mask", ("output",), "", vocabulary, [compiled(r"[A-Z]{3}(-\d{4}){5}")])
    text = "The Hartmann deal of the year before last year is ABC-1234-5678-9012-3456-7890, and there is no other."
    for seed in range(10):
        released, last = run([OwnWords([deals])], pieces_of(text, seed))
        assert isinstance(last, Passed)
        assert "".join(released) == "[…] is […], and there is no other."


def test_text_goes_on_once_a_match_that_was_growing_is_none(privacy):
    text = "The parts are numbered 1 22 3 44 5 66 7 88 9 10 2 33 and so on up to the last one of them all, in order."
    lags = behind(text, [privacy])
    assert max(lags) > 12
    assert max(lags[len(tokens_of(text.split(" and so")[0])) + 4 :]) <= 12


def test_a_refusal_closes_the_model():
    closed = []

    def model():
        try:
            yield from ["one bad thing. ", "more. "] * 50
        finally:
            closed.append(True)

    assert isinstance(run([Forbids("bad")], model())[1], Stopped)
    assert closed == [True]


def test_closing_the_guard_closes_the_model():
    closed = []

    def model():
        try:
            while True:
                yield "a word and another word. "
        finally:
            closed.append(True)

    stream = guard([Says("allow")], model(), OUTPUT)
    next(stream)
    stream.close()
    assert closed == [True]


def test_a_rail_that_breaks_in_the_middle_stops_the_stream():
    released, last = run([Breaks()], ["One sentence. ", "Another one. "])
    assert released == []
    assert last.checked.rule == "broken"


def test_rails_for_whole_answers_are_asked_once_at_the_end():
    whole = Says("flag", whole=True)
    text = "One sentence here. And a second one. And a third."
    released, last = run([whole], pieces_of(text, 3))
    assert whole.seen == [text]
    assert "".join(released) == text
    assert last.checked.action == "flag"


def test_a_mask_that_comes_too_late_withdraws_the_answer():
    class Late(Says):
        def __call__(self, text, context):
            masked = text.replace("first", "<X>") if "last" in text else text
            return Verdict("mask", masked, "late", spans=(Span(0, 1, "X"),))

    released, last = run([Late("mask")], tokens_of("The first word. Then many others that follow it. The last one."))
    assert released
    assert isinstance(last, Stopped)
    assert last.checked.text == ""


DATA = (
    "anna.schmidt@example.com",
    "4556 7375 8689 9855",
    "4556737586899855",
    "DE89 3704 0044 0532 0130 00",
    "GB82 WEST 1234 5698 7654 32",
    "536-90-4399",
    "+44 20 7946 0958",
    "(212) 555-0142",
    "203.0.113.77",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
)


@pytest.mark.parametrize("datum", DATA)
def test_no_released_prefix_ever_holds_a_part_of_a_personal_datum(privacy, datum):
    text = (
        f"You will find what you asked for right here: {datum} is what the note says, and there is no more to it. Bye."
    )
    masked = check([privacy], text, OUTPUT).text
    assert datum not in masked
    head, tail = masked.split("<", 1)[0], masked.split(">", 1)[1]
    for seed in range(4):
        released, last = run([privacy], pieces_of(text, seed))
        assert isinstance(last, Passed)
        assert "".join(released) == masked
        shown = ""
        for piece in released:
            shown += piece
            assert masked.startswith(shown)
            assert len(shown) <= len(head) or shown.startswith(masked[: -len(tail)])


def test_a_whole_answer_full_of_data_streams_as_it_is_masked_at_once(privacy):
    chance = random.Random(5)
    for seed in range(4):
        words = [
            chance.choice([*DATA, "and", "the", "call", "on Monday.", "at 12:30,", "\n", "room 204"]) for _ in range(40)
        ]
        text = " ".join(words)
        released, last = run([privacy], pieces_of(text, seed))
        if isinstance(last, Passed):
            assert "".join(released) == check([privacy], text, OUTPUT).text
        shown = "".join(released)
        assert not any(datum in shown for datum in DATA)


def test_text_without_spaces_is_released_by_the_character():
    text = "会社の食堂は正午に開きます。金曜日は終日閉まっています。詳しくは人事部に聞いてください。"
    released, _ = run([Says("allow")], iter(text))
    assert "".join(released) == text
    assert len(released) > 4


def test_where_answers_are_held_nothing_is_shown_before_the_rails_have_seen_all():
    rail = Says("allow", whole=True)
    events = list(guard([rail], ["One. ", "Two. ", "Three."], OUTPUT, holds=True))
    assert [event.text for event in events[:-1]] == ["One. Two. Three."]


def test_a_held_answer_may_be_changed_by_a_rail_that_looks_at_the_whole():
    events = list(guard([Says("mask", "One.", whole=True)], ["One. ", "Two."], OUTPUT, holds=True))
    assert [event.text for event in events[:-1]] == ["One."]


def counting(rail):
    """Wrap a rail so that it adds up the characters that it was shown."""

    class Counts:
        name, whole, characters = rail.name, False, 0

        def __init__(self):
            self.lengths = []

        def __call__(self, text, context):
            self.characters += len(text)
            self.lengths.append(len(text))
            return rail(text, context)

    return Counts()


WORDS = [
    "the",
    "canteen",
    "opens",
    "at",
    "noon",
    "and",
    "closes",
    "on",
    "Friday.",
    "Ask",
    "your",
    "manager,",
    "please:",
    "it",
    "is",
    "paid",
    "for.\n",
]


def written(seed, count, data=DATA):
    """Write a long answer with data at random places, some of them again and again."""
    chance = random.Random(seed)
    return " ".join(chance.choice(data if chance.random() < 0.04 else WORDS) for _ in range(count))


@pytest.fixture(scope="module")
def quick():
    """The rail that masks, without telephone numbers, which take it longest."""
    return Privacy(("EMAIL", "CARD", "IBAN", "KEY"))


def test_the_cost_of_an_answer_grows_as_its_length_does():
    costs = []
    for count in (1000, 4000):
        rail = counting(Says("allow"))
        run([rail], tokens_of(written(1, count)))
        costs.append(rail.characters / count)
    assert costs[1] < 1.5 * costs[0]


def test_a_long_answer_is_masked_as_it_is_at_once_though_the_rails_see_its_end_alone(quick):
    for seed in range(2):
        text = written(seed, 800, DATA[:5] + DATA[-1:])
        rail = counting(quick)
        released, last = run([rail], tokens_of(text))
        assert isinstance(last, Passed)
        assert "".join(released) == check([quick], text, OUTPUT).text
        assert sum(map(len, released[:-1])) > 0.95 * len(last.checked.text)
        assert max(rail.lengths[:-1]) < len(text) / 1.5


def test_what_spans_the_place_from_which_on_the_rails_see_is_masked(quick):
    key = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA7bq8xv0cZ3\n" * 60 + "-----END RSA PRIVATE KEY-----"
    for before in (900, 1500, 1990):
        start = ("The old key follows, as it was asked for by the auditors of the house. " * 40)[:before]
        text = f"{start}\n{key}\nThat was all of it, and there is nothing more to say about it."
        released, last = run([quick], tokens_of(text))
        assert isinstance(last, Passed)
        assert "MII" not in "".join(released)
        assert "".join(released) == check([quick], text, OUTPUT).text


def test_a_word_is_refused_wherever_it_stands_in_a_long_answer():
    chance = random.Random(7)
    for _ in range(6):
        words = ["the", "canteen", "opens"] * 700
        words[chance.randrange(len(words))] = "forbidden"
        released, last = run([Forbids("forbidden")], tokens_of(" ".join(words)))
        assert isinstance(last, Stopped)
        assert "forbidden" not in "".join(released)


def test_heads_see_the_windows_of_the_whole_answer_though_the_rails_see_its_end_alone():
    read = []
    encoder = Encoder(lambda texts: read.extend(texts) or [[0.05, 0.0] for _ in texts])
    weights = np.zeros((2, 2 + BUCKETS), np.float32)
    head = Head([NONE, "violence"], np.ones(BUCKETS, np.float32), weights, np.array([1.0, 0.0], np.float32))
    harm = Harm(head, encoder, 1.0, 1.0, 1.0, 1.0)
    text = " ".join(f"Point {n}: the canteen of house {n} opens at noon and closes at two." for n in range(60))
    rail = counting(harm)
    assert isinstance(run([rail], re.findall(r"\S+\s*", text))[1], Passed)
    seen = set(read)
    assert rail.characters < len(text) * len(text.split()) / 12
    read.clear()
    assert len(windows(text)) > 6
    encoder._kept.clear()
    harm(text, OUTPUT)
    assert set(read) <= seen


def test_a_rail_is_told_whether_the_answer_is_still_growing():
    class Listens(Says):
        def __call__(self, text, context):
            self.seen.append(context.growing)
            return Verdict("allow", text, self.name)

    rail = Listens("allow")
    list(guard([rail], (f"Sentence {n}. " for n in range(30)), OUTPUT))
    assert rail.seen[-1] is False
    assert rail.seen[:-1]
    assert all(rail.seen[:-1])

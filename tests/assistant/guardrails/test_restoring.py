import random

import pytest

from assistant.guardrails.restoring import MOST_CHARACTERS, Originals, Restorer, restore, restored
from assistant.turns import Citation, Rating, Support, Turn

PAIRS = (("<EMAIL_1>", "a@example.com"), ("<EMAIL_12>", "b@example.com"), ("Person A", "John"), ("Person AB", "Jane"))


def turn(answer="", question="", position=0, **other):
    return Turn("t", "c", position, question, answer, **other)


def remembering(*pairs, position=0):
    originals = Originals()
    originals.remember("c", position, pairs)
    return originals


def test_unknown_placeholders_stay_as_they_are():
    assert restore("<EMAIL_7> and <EMAIL_1>", [("<EMAIL_1>", "a@example.com")]) == "<EMAIL_7> and a@example.com"


def test_placeholders_of_any_form_are_put_back_the_longest_first_and_only_whole():
    text = "<EMAIL_12> of Person AB, <EMAIL_1> of Person A's; no Person ABC, no APerson A"
    assert restore(text, PAIRS) == "b@example.com of Jane, a@example.com of John's; no Person ABC, no APerson A"


def test_what_a_later_rail_took_out_may_hold_what_an_earlier_one_put_in():
    pairs = [("<EMAIL_1>", "a@example.com"), ("Person A", "Anna (<EMAIL_1>)"), ("Person B", "Person A's aunt")]
    assert restore("Ask Person B.", pairs) == "Ask Anna (a@example.com)'s aunt."


def test_an_original_that_looks_like_a_later_placeholder_stays():
    assert restore("<EMAIL_1>", [("<EMAIL_1>", "Person A"), ("Person A", "Anna")]) == "Person A"


def test_nothing_is_put_into_an_address_in_an_answer():
    pairs = [("<CARD_1>", "4111 1111 1111 1111"), ("<EMAIL_1>", "a@b.org")]
    text = "See [this](https://evil.example/?q=<CARD_1>) or //evil.example/<EMAIL_1>, <CARD_1>"
    expected = "See [this](https://evil.example/?q=<CARD_1>) or //evil.example/<EMAIL_1>, 4111 1111 1111 1111"
    assert restored(text, pairs).text == expected
    for seed in range(20):
        assert streamed(text, pairs, seed) == expected


def streamed(text, pairs, seed):
    chance, restorer, shown = random.Random(seed), Restorer(pairs), ""
    while text:
        length = chance.choice((1, 1, 2, 3, 5, 9))
        shown += restorer.feed(text[:length])
        text = text[length:]
    return shown + restorer.finish()


@pytest.mark.parametrize("seed", range(40))
def test_a_stream_cut_anywhere_is_put_back_as_the_whole_text_is(seed):
    chance = random.Random(1000 + seed)
    parts = [
        "<EMAIL_1>",
        "<EMAIL_12>",
        "<EMAIL_",
        "Person A",
        "Person AB",
        "Person ",
        "s",
        " ",
        "//x",
        "mailto:",
        "www.",
        "](",
        "\u3000",
        "/",
        "\n",
        "会社",
    ]
    text = "".join(chance.choice(parts) for _ in range(60))
    assert streamed(text, PAIRS, seed) == restored(text, PAIRS).text


def test_what_is_no_placeholder_is_shown_at_once():
    restorer = Restorer(PAIRS)
    assert restorer.feed("Write to <EM") == "Write to "
    assert restorer.feed("AIL_1> now") == "a@example.com now"


def test_sentences_that_support_is_given_for_stand_where_the_shown_answer_has_them():
    text = "Write to <EMAIL_1>. Or to <EMAIL_12> [1]. Bye."
    spans = [(0, 19), (20, 41), (42, 46)]
    support = tuple(Support(text[start:end], start, end, 1, 0.9) for start, end in spans)
    citation = Citation(1, "d", "T", {}, "Or to <EMAIL_12>", 5, 21)
    shown = remembering(*PAIRS).shown(turn(text, support=support, citations=(citation,)))
    assert shown.answer == "Write to a@example.com. Or to b@example.com [1]. Bye."
    assert [one.sentence for one in shown.support] == [
        "Write to a@example.com.", "Or to b@example.com [1].", "Bye."
    ]  # fmt: skip
    assert all(shown.answer[one.start : one.end] == one.sentence for one in shown.support)
    assert shown.citations == (citation,)


def test_a_shown_turn_holds_what_its_author_wrote_in_question_search_and_rating():
    rating = Rating("down", (), "not <EMAIL_1>", "but <EMAIL_12>")
    shown = remembering(*PAIRS).shown(turn("Yes.", "Is it <EMAIL_1>?", searched="it <EMAIL_1>", rating=rating))
    assert (shown.question, shown.searched) == ("Is it a@example.com?", "it a@example.com")
    assert (shown.rating.comment, shown.rating.correction) == ("not a@example.com", "but b@example.com")


def test_what_was_written_at_a_place_goes_before_what_was_written_earlier():
    originals = remembering(("Person A", "John"))
    originals.remember("c", 1, [("Person A", "Jane")])
    assert [originals.shown(turn("Person A", position=n)).answer for n in (0, 1, 2)] == ["John", "Jane", "Jane"]


def test_another_conversation_and_another_person_know_nothing_of_it():
    originals = remembering(*PAIRS)
    other = Turn("t", "another", 0, "<EMAIL_1>")
    assert originals.shown(other) == other
    assert Originals().shown(turn("<EMAIL_1>")).answer == "<EMAIL_1>"


def test_a_forgotten_conversation_is_masked_again():
    originals = remembering(*PAIRS)
    originals.forget("c")
    assert originals.shown(turn("<EMAIL_1>")).answer == "<EMAIL_1>"


def test_the_conversations_spoken_in_longest_ago_are_forgotten_where_there_is_too_much():
    originals = Originals()
    for number in range(4):
        originals.remember(f"c{number}", 0, [("<KEY_1>", "x" * (MOST_CHARACTERS // 3))])
    assert [bool(originals.of(f"c{number}", 0)) for number in range(4)] == [False, False, True, True]


def test_no_original_is_in_the_repr_of_what_holds_it():
    originals = remembering(*PAIRS)
    assert "example.com" not in repr((originals, restored("<EMAIL_1>", PAIRS)))


def test_thousands_of_placeholders_take_no_time_that_grows_faster_than_they_do():
    pairs = [(f"<EMAIL_{n}>", f"person{n}@example.com") for n in range(3000)]
    text = " ".join(placeholder for placeholder, _ in pairs)
    assert restore(text, pairs) == " ".join(original for _, original in pairs)


def test_a_question_is_shown_as_it_was_written_whatever_was_changed_in_it():
    originals, changed = Originals(), turn(question="Should they get a raise?")
    originals.wrote(changed, "Should she get a raise?")
    assert originals.shown(changed).question == originals.written(changed) == "Should she get a raise?"


def test_a_question_of_which_nothing_is_known_is_shown_with_its_originals():
    assert remembering(*PAIRS).written(turn(question="Is Person A late?")) == "Is John late?"


def test_questions_of_a_conversation_are_forgotten_with_it():
    originals, changed = Originals(), turn(question="Should they get a raise?")
    originals.wrote(changed, "Should she get a raise?")
    originals.forget("c")
    assert originals.written(changed) == "Should they get a raise?"


@pytest.mark.parametrize(
    "address",
    [
        r"https:\evil.org/",
        "HTTPS:evil.org/",
        r"/\evil.org/",
        "//evil.org/\u3000",
        "mailto:a@b.org?",
        "www.evil.org/",
        "](",
    ],
)
def test_an_address_of_any_kind_carries_no_original(address):
    text = f"[here]({address}<EMAIL_1>) <EMAIL_1>"
    shown = restored(text, [("<EMAIL_1>", "a@b.org")]).text
    assert shown == f"[here]({address}<EMAIL_1>) a@b.org"
    for seed in range(10):
        assert streamed(text, [("<EMAIL_1>", "a@b.org")], seed) == shown

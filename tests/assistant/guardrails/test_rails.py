import logging
import random
import time
from dataclasses import dataclass

import pytest

from assistant.guardrails.rails import (
    Context,
    Lenient,
    Passed,
    Rails,
    Released,
    Span,
    Stopped,
    Verdict,
    check,
    guard,
    settle,
)

OUTPUT = Context("output")


@dataclass
class Says:
    """A rail that always says the same, and keeps the texts it was shown."""

    action: str
    text: str | None = None
    name: str = "says"
    whole: bool = False

    def __post_init__(self):
        self.seen = []

    def __call__(self, text, context):
        self.seen.append(text)
        return Verdict(self.action, self.text if self.text is not None else text, self.name, "rule", 0.5, "because")


@dataclass
class Forbids:
    """A rail that refuses a word."""

    word: str
    name: str = "forbids"
    whole: bool = False

    def __call__(self, text, context):
        return Verdict("refuse" if self.word in text else "allow", text, self.name, self.word)


@dataclass
class Breaks:
    name: str = "breaks"
    whole: bool = False

    def __call__(self, text, context):
        raise ValueError(text)


def run(rails, pieces, context=OUTPUT):
    """Return what the guard released, and its last event."""
    events = list(guard(rails, pieces, context))
    assert all(isinstance(event, Released) for event in events[:-1])
    return [event.text for event in events[:-1]], events[-1]


def pieces_of(text, seed):
    """Cut a text at random places, some of them in the middle of a word."""
    chance = random.Random(seed)
    while text:
        length = chance.choice((1, 2, 3, 5, 8, 13))
        yield text[:length]
        text = text[length:]


def test_the_strictest_verdict_wins_and_all_are_kept():
    checked = check([Says("allow"), Says("refuse", name="no"), Says("flag")], "a text", OUTPUT)
    assert (checked.action, checked.rail, checked.stopped) == ("refuse", "no", True)
    assert [verdict.action for verdict in checked.verdicts] == ["allow", "refuse", "flag"]


def test_masked_text_goes_on_to_the_next_rail():
    last = Says("allow")
    checked = check([Says("mask", "masked"), last], "a secret", OUTPUT)
    assert (checked.text, checked.action, last.seen) == ("masked", "mask", ["masked"])


def test_no_rails_allow_the_text():
    assert check([], "a text", OUTPUT).action == "allow"


def test_a_rail_that_breaks_refuses_and_keeps_no_text():
    checked = check([Breaks(), Says("allow")], "a secret", OUTPUT)
    assert (checked.stopped, checked.rail, checked.rule, checked.text) == (True, "breaks", "broken", "")


def test_a_rail_that_breaks_is_logged_without_the_text(caplog):
    check([Breaks()], "my secret words", OUTPUT)
    assert "breaks" in caplog.text
    assert "my secret words" not in caplog.text


def test_a_slow_rail_is_reported(caplog, monkeypatch):
    monkeypatch.setattr("assistant.guardrails.rails.SLOW_MS", 1.0)

    class Slow(Says):
        def __call__(self, text, context):
            time.sleep(0.01)
            return super().__call__(text, context)

    with caplog.at_level(logging.WARNING):
        check([Slow("allow", name="sleepy")], "a text", OUTPUT)
    assert "sleepy" in caplog.text


def test_no_text_appears_in_the_repr_of_a_verdict():
    verdict = Verdict("mask", "my secret", originals=(("<KEY_1>", "my secret"),))
    assert "secret" not in repr((verdict, check([Says("allow")], "secret", Context("input", question="secret"))))


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
        assert last.checked.rule == "forbidden"


def test_every_text_was_checked_before_it_is_released():
    text = " ".join(f"word{number}" for number in range(200)) + "."
    for seed in range(10):
        rail = Says("allow")
        shown = ""
        for event in guard([rail], pieces_of(text, seed), OUTPUT):
            if isinstance(event, Released):
                shown += event.text
                assert rail.seen[-1].startswith(shown)


def test_released_text_stays_within_the_window_of_the_model():
    written, shown = 0, 0

    def model():
        nonlocal written
        for number in range(300):
            written = number + 1
            yield f" w{chr(97 + number % 26)}"

    behind = []
    for event in guard([Says("allow")], model(), OUTPUT):
        if isinstance(event, Released):
            behind.append(written - shown)
            shown += len(event.text.split())
    assert len(behind) > 30
    assert max(behind) <= 12


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

    released, last = run([Late("mask")], ["The first word. ", "Then many others that follow it. ", "The last one. "])
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
    for seed in range(8):
        words = [
            chance.choice([*DATA, "and", "the", "call", "on Monday.", "at 12:30,", "\n", "room 204"]) for _ in range(40)
        ]
        text = " ".join(words)
        released, last = run([privacy], pieces_of(text, seed))
        if isinstance(last, Passed):
            assert "".join(released) == check([privacy], text, OUTPUT).text
        shown = "".join(released)
        assert not any(datum in shown for datum in DATA)


def test_the_beginning_of_a_run_of_numbers_is_held_back():
    assert settle("the card is 4556 7375", 1) == len("the card is ")
    assert settle("the card is 4556 7375 8689 9855 and so on it goes", 4) == len("the card is 4556 7375 8689 9855 and ")


def test_text_without_spaces_is_released_by_the_character():
    text = "会社の食堂は正午に開きます。金曜日は終日閉まっています。詳しくは人事部に聞いてください。"
    released, _ = run([Says("allow")], pieces_of(text, 2))
    assert "".join(released) == text
    assert len(released) > 2


def test_a_lenient_rail_that_breaks_flags_the_text_and_lets_it_go_on():
    checked = check([Lenient(Breaks())], "Hello", OUTPUT)
    assert (checked.action, checked.text, checked.rule) == ("flag", "Hello", "broken")


def test_where_answers_are_held_nothing_is_shown_before_the_rails_have_seen_all():
    rail = Says("allow", whole=True)
    events = list(guard([rail], ["One. ", "Two. ", "Three."], OUTPUT, holds=True))
    assert [event.text for event in events[:-1]] == ["One. Two. Three."]


def test_a_held_answer_may_be_changed_by_a_rail_that_looks_at_the_whole():
    events = list(guard([Says("mask", "One.", whole=True)], ["One. ", "Two."], OUTPUT, holds=True))
    assert [event.text for event in events[:-1]] == ["One."]


def test_the_audience_is_that_of_the_users_group():
    rails = Rails(audience="general", audiences={"ben": "child"})
    assert [rails.audience_of(user) for user in ("ben", "anna", None)] == ["child", "general", "general"]


def test_a_rail_is_told_whether_the_answer_is_still_growing():
    class Listens(Says):
        def __call__(self, text, context):
            self.seen.append(context.growing)
            return Verdict("allow", text, self.name)

    rail = Listens("allow")
    run([rail], (f"Sentence {n}. " for n in range(3)))
    assert rail.seen == [True, True, True, False]

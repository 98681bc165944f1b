import logging
import time

from assistant.guardrails.rails import Context, Lenient, Rails, Verdict, check
from tests.assistant.doubles import Breaks, Says

OUTPUT = Context("output")


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


def test_a_lenient_rail_that_breaks_flags_the_text_and_lets_it_go_on():
    checked = check([Lenient(Breaks())], "Hello", OUTPUT)
    assert (checked.action, checked.text, checked.rule) == ("flag", "Hello", "broken")


def test_the_audience_is_that_of_the_users_group():
    rails = Rails(audience="general", audiences={"ben": "child"})
    assert [rails.audience_of(user) for user in ("ben", "anna", None)] == ["child", "general", "general"]

from assistant.guardrails.length import Length
from assistant.guardrails.rails import Context, check

INPUT = Context("input")


def test_a_message_of_the_greatest_length_passes():
    assert Length(10)("x" * 10, INPUT).action == "allow"


def test_a_longer_message_is_refused_with_both_figures():
    verdict = Length(1000)("x" * 1001, INPUT)
    assert verdict.stopped
    assert "1,001" in verdict.reason
    assert "1,000" in verdict.reason


def test_the_other_rails_see_only_the_beginning_of_what_is_too_long():
    assert len(check([Length(100)], "x" * 1_000_000, INPUT).text) == 100

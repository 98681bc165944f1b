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
    text = "word " * 1000
    seen = check([Length(100)], text, INPUT).text
    assert 0 < len(seen) <= 100
    assert text.startswith(seen)


def test_no_half_of_a_datum_that_the_cut_falls_into_is_left():
    text = "word " * 20 + "jane.roe@example.com and so on"
    assert "jane" not in check([Length(108)], text, INPUT).text

from assistant.guardrails.grounding import REMOVED
from assistant.guardrails.rails import Checked, Verdict
from assistant.notices import noted, told


def test_a_notice_says_nothing_twice():
    assert (
        noted("Left out. Ask a doctor.", ["Ask a doctor.", "Ask a lawyer."]) == "Left out. Ask a doctor. Ask a lawyer."
    )
    assert noted(None, ["One.", "One."]) == "One."
    assert noted(None, []) is None


def test_the_reader_is_told_what_was_left_out_and_who_can_help_and_nothing_else():
    verdicts = (
        Verdict("flag", "", "words", "low", reason="flagged"),
        Verdict("mask", "", "grounding", REMOVED, reason="left out"),
        Verdict("care", "", "advice", "law", reason="ask a lawyer"),
    )
    assert told(Checked("", verdicts[2], verdicts)) == ("left out", "ask a lawyer")

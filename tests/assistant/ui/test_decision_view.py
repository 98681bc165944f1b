"""The gate's verdict tells why."""

from dataclasses import replace

from assistant.ui import decision_view
from finetune.gate import Decision, Interval, Scores

SCORES = Scores(preference=0.5, grounded=0.6, refusals=0.7, general=0.4, variety=1.0, comparisons=8)


def test_the_gates_verdict_is_shown_with_its_reasons_and_the_figures_before_and_after():
    judged = Decision(False, ("it lost <much>",), SCORES, SCORES, replace(SCORES, preference=0.75, grounded=0.5))
    shown = decision_view.decision(judged)
    assert "stays a candidate" in shown
    assert "it lost &lt;much&gt;" in shown
    assert "0.750" in shown
    assert "+0.250" in shown
    assert "-0.100" in shown
    assert "passed" in decision_view.decision(replace(judged, passed=True))
    assert "▲ +0.250" in shown, "which way a change goes is told by more than its colour"
    assert "/sheet/" not in shown
    assert "href='/sheet/kto-1'" in decision_view.decision(judged, "kto-1")
    around = {"candidate": {"grounded": Interval(0.4, 0.6)}}
    assert "95% interval: 0.400 to 0.600" in decision_view.decision(replace(judged, intervals=around))
    assert decision_view.decision(None) == ""

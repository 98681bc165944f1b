from assistant.guardrails.refitting import Outcome
from assistant.store.appeals import Appeal
from assistant.store.audit import Row
from assistant.ui import review_listings

ONE = Appeal(
    "t1", "refused", "input", "How do I <b>kill</b> it?", "", "harm", "violence", 0.6, "<ben>", "2026-01-02T03:04:05"
)


def test_an_appeal_shows_text_rail_rule_score_who_and_when():
    shown = review_listings.appeal(ONE)
    for part in ("How do I &lt;b&gt;kill&lt;/b&gt; it?", "harm: violence", "0.60", "&lt;ben&gt;", "2026-01-02 03:04"):
        assert part in shown
    assert "<b>kill" not in shown


def test_a_withdrawn_answer_that_is_gone_is_said_to_be():
    gone = Appeal("t1", "refused", "output", "How?", "", "harm", "violence")
    assert "was not kept" in review_listings.appeal(gone)
    assert review_listings.named(gone) == "0: refused – How?"


def test_a_long_text_is_cut_in_the_list():
    assert len(review_listings.named(Appeal("t1", "answered", "output", "q", "word " * 99))) < 100


def test_rows_of_the_log_are_escaped():
    row = Row(1, "2026-01-02T03:04:05", "<i>", "input", "harm", "<u>", "refuse", 0.5, None, "p", "t1", None, None, "")
    shown = review_listings.log([row], 1)
    assert "<i>" not in shown
    assert "harm: &lt;u&gt;" in shown
    assert "The newest 1" in shown


def test_a_refused_refit_says_why():
    shown = review_listings.outcome(Outcome(None, ("it <b>would</b> lose",), ()))
    assert "refused" in shown
    assert "it &lt;b&gt;would&lt;/b&gt; lose" in shown


def test_decisions_are_listed_with_the_latest_first():
    first, second = (
        Appeal("t", "refused", "input", text, "", state="upheld", label="none", decided_at=at)
        for text, at in (("early", "2026-01-01"), ("late", "2026-01-02"))
    )
    shown = review_listings.decided([first, second])
    assert shown.index("late") < shown.index("early")


def test_a_refit_that_is_older_than_the_heads_is_said_to_be():
    card = {"examples": 1, "labels": {"fraud": 1}, "outdated": ["harm"]}
    assert "harm** it is **older than the heads: refit again" in review_listings.standing("refit-1", card)
    assert "older" not in review_listings.standing("refit-1", card | {"outdated": []})

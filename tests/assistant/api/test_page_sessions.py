from assistant.accounts.callers import Caller, alone
from assistant.api.page_sessions import PageSessions

ANNA, BEN = Caller("anna", signed_in=True), Caller("ben", signed_in=True)


def data(session):
    return {"path": "/gradio_api/queue/data", "query_string": f"x=1&session_hash={session}".encode()}


def heartbeat(session):
    return {"path": f"/gradio_api/heartbeat/{session}", "query_string": b""}


def test_what_is_sent_to_a_page_is_for_who_opened_it_alone():
    pages = PageSessions()
    assert pages.theirs(ANNA, heartbeat("one"))
    assert pages.theirs(ANNA, data("one"))
    assert not pages.theirs(BEN, data("one"))
    assert not pages.theirs(BEN, heartbeat("one"))
    assert pages.theirs(BEN, data("two"))


def test_where_nobody_signs_in_every_page_is_theirs():
    pages = PageSessions()
    assert pages.theirs(alone(None), data("one"))
    assert pages.theirs(alone(None), data("one"))


def test_other_requests_are_about_no_page():
    assert PageSessions().theirs(BEN, {"path": "/config"})


def test_the_page_used_longest_ago_is_forgotten():
    pages = PageSessions(most=1)
    pages.theirs(ANNA, data("one"))
    pages.theirs(ANNA, data("two"))
    assert list(pages._owners) == ["two"]

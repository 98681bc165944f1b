from types import SimpleNamespace

from gradio.context import LocalContext

from assistant.ui.sessions import Sessions


def test_each_page_has_its_own_originals_and_keeps_them():
    sessions = Sessions()
    assert sessions.of("one") is sessions.of("one")
    assert sessions.of("one") is not sessions.of("two")


def test_a_closed_page_is_forgotten():
    sessions = Sessions()
    sessions.of("one").remember("c", 0, [("<KEY_1>", "secret")])
    sessions.forget(SimpleNamespace(session_hash="one"))
    assert sessions.of("one").of("c", 0) == ()


def test_the_page_used_longest_ago_is_forgotten_where_there_are_too_many():
    sessions = Sessions(most=2)
    for page in ("one", "two", "one", "three"):
        sessions.of(page).remember("c", 0, [("<KEY_1>", page)])
    assert [bool(sessions.of(page).of("c", 0)) for page in ("one", "three", "two")] == [True, True, False]


def test_outside_of_any_page_nothing_is_remembered():
    sessions = Sessions()
    assert sessions.current() is not sessions.current()


def test_the_page_whose_click_is_answered_is_known():
    sessions = Sessions()
    mark = LocalContext.request.set(SimpleNamespace(session_hash="one"))
    try:
        assert sessions.current() is sessions.of("one")
    finally:
        LocalContext.request.reset(mark)

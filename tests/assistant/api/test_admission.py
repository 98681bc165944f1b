import pytest

from assistant.accounts.callers import Caller, alone
from assistant.api.admission import refusal


def keyed(*scopes, administrator=False):
    return Caller("anna", administrator=administrator, signed_in=True, scopes=scopes, key="ak_1")


def session(**role):
    return Caller("anna", signed_in=True, **role)


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("chat", "POST", "/v1/chat/completions"),
        ("chat", "POST", "/v1/embeddings"),
        ("documents:read", "GET", "/v1/documents"),
        ("documents:read", "POST", "/v1/search"),
        ("documents:read", "GET", "/documents/d1/original"),
        ("documents:write", "POST", "/v1/documents"),
        ("documents:write", "DELETE", "/v1/documents/d1"),
        ("feedback", "POST", "/v1/feedback"),
        ("adapters", "GET", "/v1/adapters"),
        ("metrics", "GET", "/metrics"),
    ],
)
def test_a_key_opens_what_its_scope_is_for_and_nothing_else(scope, method, path):
    others = {"chat", "documents:read", "documents:write", "feedback", "adapters", "metrics"} - {scope}
    assert refusal(keyed(scope), method, path) is None
    assert scope in refusal(keyed(*others), method, path)


@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/queue/join", "/account", "/sheet/x", "/v1/unheard-of"])
def test_what_is_not_named_is_closed_to_keys(path):
    assert refusal(keyed("chat", "documents:read", administrator=True), "POST", path)


def test_a_path_that_only_begins_alike_is_another_one():
    assert refusal(keyed("chat"), "POST", "/v1/chatter")


def test_adapters_are_changed_by_administrators_alone_whatever_their_key_is_for():
    assert "administrator" in refusal(keyed("adapters"), "POST", "/v1/adapters/first")
    assert refusal(keyed("adapters", administrator=True), "POST", "/v1/adapters/first") is None
    assert "administrator" in refusal(session(reviewer=True), "POST", "/v1/adapters/first")


def test_sheets_are_for_reviewers_and_figures_of_the_server_for_administrators():
    assert refusal(session(), "GET", "/sheet/kto-1")
    assert refusal(session(reviewer=True), "GET", "/sheet/kto-1") is None
    assert refusal(session(reviewer=True), "GET", "/metrics")
    assert refusal(session(administrator=True), "GET", "/metrics") is None


def test_the_page_is_for_everybody_who_is_signed_in():
    assert refusal(session(), "POST", "/gradio_api/queue/join") is None
    assert refusal(session(), "POST", "/v1/chat/completions") is None


def test_each_role_may_do_what_the_one_before_it_may():
    roles = "user", "reviewer", "administrator"
    callers = session(), session(reviewer=True), session(administrator=True)
    assert [[caller.is_a(role) for role in roles] for caller in callers] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]
    assert alone(None).administrator
    assert not alone("ben").reviewer

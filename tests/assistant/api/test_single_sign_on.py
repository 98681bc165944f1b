"""Single sign-on against a provider that runs here, with keys and codes of its own."""

import time

import pytest
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from assistant import server, settings
from assistant.accounts.oidc import FAILED
from assistant.assembly import assemble
from tests.assistant.provider import CLIENT, SECRET, Provider

KEPT = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNo"
TABLE = """
[oidc]
issuer = "{issuer}"
client_id = "{client}"
roles = {{ admins = "administrator", readers = "reviewer" }}
"""


@pytest.fixture(scope="module")
def provider():
    with Provider() as running:
        yield running


@pytest.fixture(autouse=True)
def honest(provider):
    yield
    provider.signing, provider.unsigned, provider.told = None, False, {}


@pytest.fixture(scope="module")
def assistant(provider, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / "settings.toml").write_text(TABLE.format(issuer=provider.issuer, client=CLIENT), encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("APPRENTICE_OIDC_CLIENT_SECRET", SECRET)
        loaded = settings.load(home=home, model=str(home / "no model"))
    with assemble(loaded) as assembled:
        assembled.store.accounts.users.add("local", "administrator", KEPT)
        yield assembled


@pytest.fixture(scope="module")
def app(assistant):
    return server.application(assistant, "127.0.0.1", 7860)


@pytest.fixture
def browser(app):
    return TestClient(app, base_url="http://127.0.0.1:7860", follow_redirects=False)


def come_back(browser, provider, **claims):
    """Go to the provider and back; return the answer at the end."""
    away = browser.get("/signin/oidc")
    assert away.status_code == 303
    return browser.get("/signin/oidc/back", params=provider.sign_in(away.headers["location"], **claims))


def test_the_form_offers_single_sign_on(browser):
    assert 'href="/signin/oidc"' in browser.get("/signin").text


def test_whom_the_provider_vouches_for_is_signed_in_and_becomes_a_user(browser, provider, assistant):
    answer = come_back(browser, provider, preferred_username="nora", sub="nora-1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.get("/config").status_code == 200
    user = assistant.store.accounts.users.one("nora")
    assert (user.role, user.by_password) == ("user", False)


@pytest.mark.parametrize(
    ("groups", "role"),
    [(["readers", "admins", "x"], "administrator"), ("readers", "reviewer"), (["x"], "user"), (None, "user")],
)
def test_the_highest_role_that_the_claim_gives_counts_at_each_sign_in(browser, provider, assistant, groups, role):
    come_back(browser, provider, preferred_username="olaf", sub="olaf-1", groups=groups)
    assert assistant.store.accounts.users.one("olaf").role == role


def test_a_name_that_was_given_to_somebody_else_there_does_not_open_the_account_of_before(browser, provider):
    assert come_back(browser, provider, preferred_username="paul", sub="paul-1").status_code == 303
    answer = come_back(browser, provider, preferred_username="paul", sub="paul-2")
    assert answer.status_code == 400
    assert "who is not you" in answer.text


def test_a_user_with_a_password_here_is_not_taken_over(browser, provider):
    assert "who is not you" in come_back(browser, provider, preferred_username="LOCAL", sub="l").text


def test_who_is_kept_out_here_stays_out(browser, provider, assistant):
    come_back(browser, provider, preferred_username="quinn", sub="quinn-1")
    assistant.store.accounts.users.disable("quinn")
    assert come_back(browser, provider, preferred_username="quinn", sub="quinn-1").status_code == 400
    assert browser.get("/config").status_code == 401


def refused(browser, provider, **claims):
    answer = come_back(browser, provider, **{"preferred_username": "eve", **claims})
    return answer.status_code == 400 and FAILED in answer.text and browser.get("/config").status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another client"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"exp": int(time.time()) - 3600},
        {"nonce": "of another sign-in"},
        {"sub": None},
    ],
)
def test_a_token_for_others_of_others_of_long_ago_or_of_another_sign_in_is_refused(browser, provider, claims):
    assert refused(browser, provider, **claims)


def test_a_token_signed_by_another_key_is_refused(browser, provider):
    provider.signing = RSAKey.generate_key(2048)
    assert refused(browser, provider)


def test_a_token_that_is_not_signed_is_refused(browser, provider):
    provider.unsigned = True
    assert refused(browser, provider)


@pytest.mark.parametrize("told", [{"issuer": "https://evil.example"}, {"token_endpoint": "http://evil.example/token"}])
def test_a_provider_that_says_it_is_another_or_sends_elsewhere_without_tls_is_refused(browser, provider, told):
    address = browser.get("/signin/oidc").headers["location"]
    provider.told = told
    answer = browser.get("/signin/oidc/back", params=provider.sign_in(address, preferred_username="eve"))
    assert answer.status_code == 400


def test_each_code_and_each_state_counts_once(browser, provider):
    back = provider.sign_in(browser.get("/signin/oidc").headers["location"], preferred_username="nora", sub="nora-1")
    cookies = dict(browser.cookies)
    assert browser.get("/signin/oidc/back", params=back).status_code == 303
    browser.cookies.update(cookies)
    assert browser.get("/signin/oidc/back", params=back).status_code == 400


def test_a_sign_in_that_another_browser_began_is_refused(browser, app, provider):
    back = provider.sign_in(browser.get("/signin/oidc").headers["location"], preferred_username="eve")
    victim = TestClient(app, base_url="http://127.0.0.1:7860", follow_redirects=False)
    assert victim.get("/signin/oidc/back", params=back).status_code == 400
    victim.get("/signin/oidc")
    assert victim.get("/signin/oidc/back", params=back).status_code == 400


def test_without_a_provider_that_answers_the_form_says_so(assistant, tmp_path):
    (tmp_path / "settings.toml").write_text('[oidc]\nissuer = "http://127.0.0.1:9"\nclient_id = "x"\n')
    with assemble(settings.load(home=tmp_path, model=str(tmp_path / "no model"))) as assembled:
        assembled.store.accounts.users.add("local", "administrator", KEPT)
        client = TestClient(server.application(assembled, "127.0.0.1", 7860), base_url="http://127.0.0.1:7860")
        assert FAILED in client.get("/signin/oidc").text

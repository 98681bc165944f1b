"""Who may come in: the whole server, asked as browsers and programs ask it."""

import re
import time
from dataclasses import dataclass

import pytest
from starlette.testclient import TestClient

from assistant import server, settings
from assistant.accounts.passwords import hashed
from assistant.api import authentication
from assistant.assembly import assemble
from assistant.errors import BadInput

PASSWORD = "correct horse battery"
KEPT = hashed(PASSWORD)
HOST, ORIGIN = "127.0.0.1:7860", {"Origin": "http://127.0.0.1:7860"}
BROWSER = {"Accept": "text/html,application/xhtml+xml"}


@dataclass
class Site:
    """A server, and what it was made of."""

    assistant: object
    app: object

    def browser(self, base="http://127.0.0.1:7860"):
        return TestClient(self.app, base_url=base, follow_redirects=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with assemble(settings.load(home=home, model=str(home / "no model"))) as assistant:
        for name, role in (("anna", "administrator"), ("rita", "reviewer"), ("ben", "user"), ("eve", "user")):
            assistant.store.accounts.users.add(name, role, KEPT)
        app = server.application(assistant, "127.0.0.1", 7860)
        with TestClient(app):  # its lifespan
            yield Site(assistant, app)


def signed_in(site, name, password=PASSWORD, **more):
    browser = site.browser(**more)
    form = browser.get("/signin")
    token = re.search('name="token" value="([^"]+)"', form.text)[1]
    values = {"name": name, "password": password, "token": token, "next": "/"}
    origin = {"Origin": str(browser.base_url).rstrip("/")}
    browser.answer = browser.post("/signin", data=values, headers=origin)
    return browser


def form_of(browser):
    return re.search('name="token" value="([^"]+)"', browser.get("/account").text)[1]


def test_whoever_is_not_signed_in_is_led_to_the_sign_in_and_then_to_where_they_wanted(site):
    answer = site.browser().get("/documents/d1", headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin?next=/documents/d1")
    assert 'value="/documents/d1"' in site.browser().get("/signin?next=/documents/d1").text


@pytest.mark.parametrize(
    "path",
    ["/config", "/gradio_api/info", "/gradio_api/queue/data?session_hash=x", "/sheet/x", "/documents/d1/original"],
)
def test_without_signing_in_nothing_of_the_page_is_given_to_programs(site, path):
    answer = site.browser().get(path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_health_is_told_to_everybody(site):
    assert site.browser().get("/healthz").json() == {"status": "ok"}


def test_v1_refuses_with_an_error_object_that_clients_of_openai_understand(site):
    answer = site.browser().post("/v1/chat/completions", json={})
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "invalid_api_key"


def test_who_signs_in_sees_the_page_and_their_account(site):
    browser = signed_in(site, "ben")
    assert (browser.answer.status_code, browser.answer.headers["location"]) == (303, "/")
    assert browser.get("/").status_code == 200
    assert "ben" in browser.get("/account").text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(site):
    said = next(value for value in signed_in(site, "ben").answer.headers.get_list("set-cookie") if "form" not in value)
    assert said.startswith("apprentice=")
    for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=604800"):
        assert part in said


def test_over_https_the_cookie_goes_over_nothing_else_and_to_this_host_alone(site):
    said = str(signed_in(site, "ben", base="https://127.0.0.1:7860").answer.headers.get_list("set-cookie"))
    assert "__Host-apprentice=" in said
    assert "Secure" in said
    assert "Domain" not in said


def test_a_wrong_password_is_told_on_the_form_with_the_name_kept_and_escaped(site):
    browser = signed_in(site, '"><script>alert(1)</script>', "a wrong password")
    assert browser.answer.status_code == 400
    assert "Name or password is wrong." in browser.answer.text
    assert "<script>" not in browser.answer.text
    assert 'value="&quot;&gt;&lt;script&gt;' in browser.answer.text


def test_a_form_of_another_browser_signs_nobody_in(site):
    other = re.search('name="token" value="([^"]+)"', site.browser().get("/signin").text)[1]
    answer = site.browser().post("/signin", data={"name": "ben", "password": PASSWORD, "token": other}, headers=ORIGIN)
    assert answer.status_code == 400
    assert "set-cookie" in answer.headers
    assert "apprentice=" not in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "evil"]
)
def test_after_signing_in_nobody_is_sent_to_another_site(site, to):
    browser = site.browser()
    token = re.search('name="token" value="([^"]+)"', browser.get("/signin").text)[1]
    values = {"name": "ben", "password": PASSWORD, "token": token, "next": to}
    assert browser.post("/signin", data=values, headers=ORIGIN).headers["location"] == "/"


def test_the_sign_in_page_runs_no_script_and_fetches_nothing(site):
    answer = site.browser().get("/signin")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script" not in answer.text
    assert not re.search(r"(src|href)=.https?:", answer.text)


def test_who_signed_out_is_refused_at_the_next_request_also_with_the_cookie_kept(site):
    browser = signed_in(site, "ben")
    kept = dict(browser.cookies)
    answer = browser.post("/signout", data={"token": form_of(browser)}, headers=ORIGIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin")
    thief = site.browser()
    thief.cookies.update(kept)
    assert thief.get("/config").status_code == 401


def test_signing_out_needs_the_form_of_the_session_itself(site):
    browser = signed_in(site, "ben")
    browser.post("/signout", data={"token": form_of(signed_in(site, "eve"))}, headers=ORIGIN)
    browser.cookies.update({"apprentice": browser.cookies.get("apprentice", "")})
    assert site.assistant.store.accounts.users.find("ben") is not None
    kept = signed_in(site, "ben")
    kept_cookie = dict(kept.cookies)
    kept.post("/signout", data={"token": "x"}, headers=ORIGIN)
    again = site.browser()
    again.cookies.update(kept_cookie)
    assert again.get("/config").status_code == 200


def test_signing_in_anew_ends_the_session_before(site):
    browser = signed_in(site, "ben")
    before = dict(browser.cookies)
    token = re.search('name="token" value="([^"]+)"', browser.get("/signin").text)[1]
    browser.post("/signin", data={"name": "ben", "password": PASSWORD, "token": token}, headers=ORIGIN)
    old = site.browser()
    old.cookies.update({"apprentice": before["apprentice"]})
    assert old.get("/config").status_code == 401
    assert browser.get("/config").status_code == 200


def test_a_role_that_changes_ends_what_was_open(site):
    browser = signed_in(site, "eve")
    site.assistant.store.accounts.users.set_role("eve", "user")
    assert browser.get("/config").status_code == 401


def test_a_password_is_changed_on_the_account_page_and_ends_all_other_sessions(site):
    site.assistant.store.accounts.users.add("dora", "user", KEPT)
    here, elsewhere = signed_in(site, "dora"), signed_in(site, "dora")
    values = {"token": form_of(here), "password": PASSWORD, "new": "another good password"}
    assert here.post("/account", data=values, headers=ORIGIN).status_code == 303
    assert here.get("/config").status_code == 200
    assert elsewhere.get("/config").status_code == 401
    assert signed_in(site, "dora", "another good password").answer.status_code == 303


def test_a_stream_ends_when_its_reader_is_signed_out(site, monkeypatch):
    import asyncio

    monkeypatch.setattr(authentication, "AGAIN", 0.0)
    browser = signed_in(site, "ben")
    cookie = f"apprentice={browser.cookies['apprentice']}"
    sent = []

    async def stream(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        site.assistant.store.accounts.users.set_role("ben", "user")
        time.sleep(0.01)
        for _ in range(2):
            await send({"type": "http.response.body", "body": b"later", "more_body": True})

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/gradio_api/heartbeat/x",
        "headers": [(b"cookie", cookie.encode())],
    }
    door = server._door(site.assistant, "127.0.0.1")
    asyncio.run(authentication.Authentication(stream, door=door)(scope, None, send))
    assert [message.get("body") for message in sent] == [None, b"first", b""]
    assert sent[-1]["more_body"] is False


def test_a_websocket_is_closed_to_whoever_is_not_signed_in(site):
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), site.browser().websocket_connect("/gradio_api/queue/join"):
        pass


def test_a_key_opens_v1_for_its_scope_and_not_the_page(site):
    _, text = site.assistant.store.accounts.keys.make("ben", ["documents:read"], None)
    program = site.browser()
    program.headers["Authorization"] = f"Bearer {text}"
    assert program.get("/documents/none").status_code == 404
    assert program.get("/config").status_code == 403
    refused = program.post("/v1/chat/completions", json={})
    assert (refused.status_code, refused.json()["error"]["type"]) == (403, "permission_error")
    assert "not for chat" in refused.json()["error"]["message"]


@pytest.mark.parametrize("value", ["Bearer", "Bearer x", "Basic YTpi", "bearer ak_00000000_none"])
def test_a_key_that_is_none_is_refused_also_beside_a_cookie_that_is_valid(site, value):
    browser = signed_in(site, "ben")
    assert browser.get("/config", headers={"Authorization": value}).status_code == 401


def test_from_the_first_user_on_an_open_page_asks_for_a_sign_in(tmp_path):
    with assemble(settings.load(home=tmp_path, model=str(tmp_path / "no model"))) as assistant:
        app = server.application(assistant, "127.0.0.1", 7860)
        with TestClient(app, base_url="http://127.0.0.1:7860", follow_redirects=False) as browser:
            assert browser.get("/config").status_code == 200
            assert browser.get("/signin").headers["location"] == "/"
            assistant.store.accounts.users.add("anna", "administrator", KEPT)
            assert browser.get("/config").status_code == 401


def serving(tmp_path, host, text=""):
    (tmp_path / "settings.toml").write_text(text, encoding="utf-8")
    with assemble(settings.load(home=tmp_path, model=str(tmp_path / "no model"))) as assistant:
        if "users" in text:
            assistant.store.accounts.users.add("anna", "administrator", KEPT)
        with pytest.raises(BadInput) as told:
            server.serve(assistant, host=host, port=0)
    return str(told.value)


@pytest.mark.parametrize("text", ["[server]\nhosts = ['chat.example.com']\n", "[server]\nhttps = true\n"])
def test_also_on_this_machine_a_server_that_others_reach_by_a_name_wants_users_first(tmp_path, text):
    assert "python -m assistant users add NAME --role administrator" in serving(tmp_path, "127.0.0.1", text)


def test_a_server_on_all_addresses_wants_to_know_its_names(tmp_path):
    assert "hosts = ['chat.example.com']" in serving(tmp_path, "0.0.0.0", "# with users\n")


def test_with_users_another_address_is_served_and_only_a_port_can_be_wrong(tmp_path):
    assert "no port 0" in serving(tmp_path, "192.168.0.7", "# with users\n")


def test_only_the_names_that_the_settings_tell_are_answered_to(tmp_path):
    (tmp_path / "settings.toml").write_text("[server]\nhosts = ['chat.example.com']\n", encoding="utf-8")
    with assemble(settings.load(home=tmp_path, model=str(tmp_path / "no model"))) as assistant:
        app = server.application(assistant, "0.0.0.0", 7860)
        with TestClient(app, base_url="http://chat.example.com") as browser:
            assert browser.get("/healthz").status_code == 200
            assert browser.get("/healthz", headers={"Host": "evil.example"}).status_code == 400
            assert browser.get("/config").status_code == 401


def test_where_the_database_is_gone_nobody_comes_in_and_the_health_is_told_all_the_same(tmp_path):
    import sqlite3

    with assemble(settings.load(home=tmp_path, model=str(tmp_path / "no model"))) as assistant:
        app = server.application(assistant, "127.0.0.1", 7860)
        with sqlite3.connect(assistant.settings.chat.database) as database:
            database.execute("DROP TABLE sessions")
            database.execute("DROP TABLE keys")
            database.execute("DROP TABLE users")
        client = TestClient(app, base_url="http://127.0.0.1:7860")
        assert client.get("/healthz").status_code == 200
        assert client.get("/config").status_code == 503
        assert client.get("/v1/models").json()["error"]["type"] == "server_error"

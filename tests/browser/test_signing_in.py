"""Several people on one server: each signs in, sees what is for them, and leaves."""

import pytest
from playwright.sync_api import expect

from assistant.accounts.passwords import hashed

PASSWORD = "correct horse battery"
ROLES = {"anna": "administrator", "rita": "reviewer", "ben": "user"}
TABS = {
    "anna": ["Chat", "Documents", "Try retrieval", "Rules", "Improve", "Review"],
    "rita": ["Chat", "Documents", "Try retrieval", "Review"],
    "ben": ["Chat", "Documents", "Try retrieval"],
}

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def people(desk):
    for name, role in ROLES.items():
        desk.assistant.store.accounts.users.add(name, role, hashed(PASSWORD))


@pytest.fixture
def sign_in(browser, desk):
    opened = []

    def sign_in(name, password=PASSWORD):
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.goto(desk.url)
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        return page

    yield sign_in
    for context in opened:
        context.close()


def shown(page):
    """Return the tabs that can be seen, once the page is there."""
    page.get_by_label("Message", exact=True).wait_for()
    return [tab.inner_text() for tab in page.get_by_role("tab").all() if tab.is_visible()]


@pytest.mark.parametrize("name", ROLES)
def test_everybody_sees_their_name_and_the_tabs_of_their_role(sign_in, name):
    page = sign_in(name)
    expect(page.get_by_role("link", name=name)).to_be_visible()
    expect(page.get_by_role("tab", name=TABS[name][-1])).to_be_visible()
    page.wait_for_timeout(500)
    assert shown(page) == TABS[name]


def test_a_wrong_password_is_told_and_the_name_stays(sign_in):
    page = sign_in("ben", "wrong horse battery")
    expect(page.get_by_text("Name or password is wrong.")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("ben")


def test_what_one_asks_another_does_not_see(sign_in):
    ben = sign_in("ben")
    ben.get_by_label("Message", exact=True).fill("When is the summer party?")
    ben.get_by_role("button", name="Send").click()
    expect(ben.get_by_text("It says so in the documents").first).to_be_visible()
    expect(ben.get_by_text("When is the summer party?").first).to_be_visible()
    anna = sign_in("anna")
    shown(anna)
    anna.wait_for_timeout(500)
    assert anna.get_by_text("When is the summer party?").count() == 0


def test_who_signs_out_is_asked_to_sign_in_again(sign_in, desk):
    page = sign_in("rita")
    page.get_by_role("link", name="rita").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.goto(desk.url)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()

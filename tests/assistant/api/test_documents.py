"""The documents as the server shows them, out of a real library."""

import sqlite3
from contextlib import closing

import pytest
from starlette.testclient import TestClient

from assistant import server, settings
from assistant.assembly import assemble
from assistant.samples.make import HANDBOOK
from knowledge.documents import Collection

PAGE = "<title>Rules</title><h1>Rules</h1><p>Bicycles are kept in the cellar.</p><script>alert(1)</script>"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / "settings.toml").write_text("[chat]\nuser = 'ben'\n")
    with assemble(settings.load(home=home, model=str(home / "no model"))) as assembled:
        assembled.library.put_collection(Collection("board", "anna", ("carl",)))
        yield assembled


@pytest.fixture(scope="module")
def client(assistant):
    with TestClient(server.application(assistant, "127.0.0.1", 7860), base_url="http://127.0.0.1:7860") as opened:
        yield opened


@pytest.fixture(scope="module")
def page(assistant, tmp_path_factory):
    file = tmp_path_factory.mktemp("files") / 'räder & "rules".html'
    file.write_text(PAGE, encoding="utf-8")
    return assistant.library.add(file)


@pytest.fixture(scope="module")
def safety(assistant):
    return assistant.library.add(HANDBOOK / "safety.pdf")


@pytest.fixture(scope="module")
def secret(assistant, tmp_path_factory):
    file = tmp_path_factory.mktemp("files") / "merger.md"
    file.write_text("# Merger\n\nThe merger is announced in May.\n", encoding="utf-8")
    return assistant.library.add(file, "board")


def test_a_document_is_shown_with_the_passage_marked(client, assistant, page):
    (passage,) = assistant.library.passages(page.id)
    shown = client.get(f"/documents/{page.id}", params={"start": passage.start, "end": passage.end})
    assert shown.status_code == 200
    assert f'<mark id="passage">{passage.text}</mark>' in shown.text


def test_no_script_runs_on_the_page_of_a_document(client, page):
    policy = client.get(f"/documents/{page.id}").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy


def test_a_web_page_among_the_documents_is_only_ever_saved_never_shown(client, page):
    sent = client.get(f"/documents/{page.id}/original")
    assert sent.content == PAGE.encode()
    assert sent.headers["Content-Type"] == "application/octet-stream"
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert sent.headers["Content-Disposition"] == ("attachment; filename*=UTF-8''r%C3%A4der%20%26%20%22rules%22.html")


def test_a_page_of_a_pdf_is_a_picture_with_a_box_around_the_passage(client, assistant, safety):
    passage = assistant.library.passages(safety.id)[0]
    address = f"/documents/{safety.id}/pages/{passage.location.page}.png"
    boxed = client.get(address, params={"start": passage.start, "end": passage.end})
    assert boxed.headers["Content-Type"] == "image/png"
    assert boxed.content.startswith(b"\x89PNG")
    assert boxed.content != client.get(address).content


@pytest.mark.parametrize("number", [0, 99, 10**30])
def test_a_page_that_is_not_there_is_not_found(client, page, safety, number):
    for document in (page, safety):
        assert client.get(f"/documents/{document.id}/pages/{number}.png").status_code == 404


def test_the_browser_keeps_nothing_of_a_document(client, page):
    for path in ("", "/original"):
        headers = client.get(f"/documents/{page.id}{path}").headers
        assert headers["Cache-Control"] == "private, no-store"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["", "/original", "/pages/1.png"])
def test_what_the_user_may_not_read_is_answered_like_what_is_not_there(client, secret, path):
    same = {"X-Request-ID": "same"}
    closed = client.get(f"/documents/{secret.id}{path}", headers=same)
    missing = client.get(f"/documents/nothing{path}", headers=same)
    assert closed.status_code == missing.status_code == 404
    assert closed.content == missing.content
    assert dict(closed.headers) == dict(missing.headers)


def test_who_may_read_a_document_counts_at_each_look(client, assistant, secret):
    assistant.library.put_collection(Collection("board", "anna", ("carl", "ben")))
    try:
        assert "announced in May" in client.get(f"/documents/{secret.id}").text
    finally:
        assistant.library.put_collection(Collection("board", "anna", ("carl",)))
    assert client.get(f"/documents/{secret.id}").status_code == 404


def test_a_removed_document_is_gone(client, assistant, tmp_path):
    file = tmp_path / "canteen.md"
    file.write_text("# Canteen\n\nThe canteen is closed on Thursdays.\n", encoding="utf-8")
    document = assistant.library.add(file)
    assert client.get(f"/documents/{document.id}").status_code == 200
    assistant.library.remove(document.id)
    assert client.get(f"/documents/{document.id}").status_code == 404


def test_documents_that_cannot_be_read_now_are_said_to_be_so_in_one_line(tmp_path):
    home = tmp_path / "home"
    with assemble(settings.load(home=home, model=str(home / "no model"))) as assembled:
        file = tmp_path / "leave.md"
        file.write_text("# Leave\n\nLeave is 25 days.\n", encoding="utf-8")
        document = assembled.library.add(file)
        with TestClient(server.application(assembled, "127.0.0.1", 7860), base_url="http://127.0.0.1:7860") as opened:
            with closing(sqlite3.connect(home / "knowledge" / "catalogue.db")) as database:
                database.execute("DROP TABLE documents")
            for path in ("", "/original", "/pages/1.png"):
                sent = opened.get(f"/documents/{document.id}{path}")
                assert sent.status_code == 503
                assert "The documents cannot be read now: " in sent.text
                assert "Traceback" not in sent.text


@pytest.mark.parametrize("host", ["evil.example", "192.168.0.7"])
def test_documents_are_refused_to_a_host_that_is_not_this_machine(client, page, host):
    assert client.get(f"/documents/{page.id}", headers={"Host": host}).status_code == 400

"""OWASP LLM05:2025 and A03:2021, injection: into the page, into spreadsheets, into paths."""

import csv
from contextlib import suppress

import gradio as gr
import pytest
from starlette.testclient import TestClient

from assistant import server
from assistant.audit import export
from assistant.store.audit import NOTE, Entry
from assistant.turns import Turn
from assistant.ui import render
from assistant.ui.chat_tab import ChatTab
from assistant.ui.documents_tab import DocumentsTab
from knowledge.errors import BadInput

EVIL = "<img src=x onerror=alert(1)> [click](javascript:alert(1))"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM", "=cmd|' /C calc'!A0"])
def test_a_name_that_a_spreadsheet_would_run_is_text_in_an_export(assistant, tmp_path, name):
    assistant.store.audit.append([Entry("review", NOTE, user=name, rule=name)])
    file = tmp_path / "audit.csv"
    export(assistant.store.audit.rows(), file)
    with file.open(encoding="utf-8", newline="") as opened:
        last = list(csv.DictReader(opened))[-1]
    assert (last["user"], last["rule"]) == (f"'{name}", f"'{name}")


def test_what_stands_in_titles_and_questions_is_shown_and_not_run(assistant, clicks):
    tab = ChatTab(assistant)
    with gr.Blocks(analytics_enabled=False):
        tab.build()
    conversation = assistant.store.add_conversation(EVIL, user="ben").id
    assistant.store.add_turn(Turn("evil", conversation, 0, EVIL, EVIL))
    with clicks("ben"):
        shown = tab._view(conversation)
    said = str(shown[tab.parts.chat])
    assert "&lt;img" in said
    assert "<img" not in said
    assert tab.parts.chat.sanitize_html  # what Markdown makes of links is cleaned in the browser
    assert "<img" not in render.sources(assistant.store.turn("evil"))


def test_a_document_of_an_evil_name_is_listed_as_text(assistant, clicks, tmp_path):
    documents = DocumentsTab(assistant)
    with gr.Blocks(analytics_enabled=False):
        documents.build()
    file = tmp_path / "x.md"
    file.write_text("# Title <script>alert(1)</script>\n\nText.\n", encoding="utf-8")
    assistant.library.add(file, source="<script>alert(2)</script>.md")
    with clicks("ben"):
        assert "<script>" not in documents._listed("", "Any state")


@pytest.mark.parametrize("collection", ["../../outside", "/etc", "a/../../b", "..", "a\x00b"])
def test_a_collection_is_no_path(assistant, tmp_path, collection):
    file = tmp_path / "x.md"
    file.write_text("# A\n\nAnother text.\n", encoding="utf-8")
    before = {path for path in assistant.settings.home.parent.rglob("*") if assistant.settings.home not in path.parents}
    with suppress(BadInput):
        assistant.library.add(file, collection)
    after = {path for path in assistant.settings.home.parent.rglob("*") if assistant.settings.home not in path.parents}
    assert after - before <= {file}


@pytest.mark.parametrize(
    "path", ["/gradio_api/file=/etc/passwd", "/gradio_api/file=../../../etc/passwd", "/gradio_api/file=settings.toml",
             "/documents/..%2f..%2fsettings.toml/original", "/sheet/..%2f..%2fsettings.toml"],
)  # fmt: skip
def test_no_path_leads_to_a_file_of_the_machine(tmp_path, path):
    from assistant import settings
    from assistant.assembly import assemble

    (tmp_path / "settings.toml").write_text("# a secret\n", encoding="utf-8")
    with assemble(settings.load(home=tmp_path, model=str(tmp_path / "no model"))) as opened:
        client = TestClient(server.application(opened, "127.0.0.1", 7860), base_url="http://127.0.0.1:7860")
        answer = client.get(path)
    assert answer.status_code in (400, 403, 404)
    assert "secret" not in answer.text
    assert "root:" not in answer.text

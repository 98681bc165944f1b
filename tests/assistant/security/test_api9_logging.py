"""OWASP A09:2021, security logging: who changed what is in the audit log, and of texts only hashes."""

import gradio as gr
import pytest

from assistant.store.audit import Wanted
from assistant.ui.documents_tab import DocumentsTab
from assistant.ui.improve_tab import ImproveTab
from finetune.registry import Card


@pytest.fixture
def documents(assistant):
    tab = DocumentsTab(assistant)
    with gr.Blocks(analytics_enabled=False):
        tab.build()
    return tab


def newest(assistant, count):
    rows = list(assistant.store.audit.rows(Wanted(), newest=count))
    return [(row.user, row.rule, row.document_id or row.adapter) for row in reversed(rows)]


def test_what_is_uploaded_is_logged_with_who_and_where_and_not_by_its_name(assistant, documents, clicks, tmp_path):
    file = tmp_path / "salaries of all.md"
    file.write_text("# Pay\n\nText.\n", encoding="utf-8")
    with clicks("ben"):
        documents._upload([str(file)], "staff", None)
    assert newest(assistant, 1) == [("ben", "added to staff", None)]
    assert list(assistant.store.audit.rows(Wanted(text=file.name)))
    assert "salaries" not in str(list(assistant.store.audit.rows()))


def test_what_is_deleted_is_logged_with_who(assistant, documents, clicks, tmp_path):
    file = tmp_path / "x.md"
    file.write_text("# Another\n\nText to delete.\n", encoding="utf-8")
    document = assistant.library.add(file).id
    with gr.Blocks(analytics_enabled=False) as page:
        documents.build()
    delete = next(fn for fn in page.fns.values() if fn.fn.__name__ == "delete" and len(fn.inputs) == 5)
    with clicks("anna"):
        delete.fn([document], "", "Any state", None, [])
    assert newest(assistant, 1) == [("anna", "deleted", document)]


def test_a_promotion_and_its_taking_back_are_logged_with_who(assistant, clicks, tmp_path):
    (tmp_path / "trained").mkdir()
    (tmp_path / "trained" / "adapter_config.json").write_text("{}")
    base = assistant.engine.serving.base
    assistant.registry.add("first", tmp_path / "trained", Card(base=base, method="kto"))
    tab = ImproveTab(assistant)
    with gr.Blocks(analytics_enabled=False):
        tab.build()
    with clicks("anna"):
        tab._promote("first")
        tab._roll_back()
    assert newest(assistant, 2) == [("anna", "promoted", "first"), ("anna", "rolled back", "first")]


def test_the_log_of_all_this_is_whole(assistant):
    assert assistant.store.audit.check().broken is None

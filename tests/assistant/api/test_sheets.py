"""Sheets as the server shows them, with those answers alone that the page's user may read."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from assistant import server, settings
from assistant.assembly import assemble
from assistant.turns import Rating, Turn
from finetune.evaluation import sheet
from finetune.gate import Decision, Scores

EVIL = "<script>alert(1)</script>"
SCORES = Scores(preference=0.5, grounded=0.6, refusals=0.7, general=0.4, variety=1.0, comparisons=8)
DECISION = Decision(True, ("it gained",), SCORES, SCORES, replace(SCORES, preference=0.8))


@pytest.fixture(scope="module")
def assistant(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with assemble(settings.load(home=home, model=str(home / "no model"))) as assembled:
        yield assembled


@pytest.fixture(scope="module")
def client(assistant):
    with TestClient(server.application(assistant, "127.0.0.1", 7860), base_url="http://127.0.0.1:7860") as opened:
        yield opened


@pytest.fixture(scope="module")
def rated(assistant):
    """The id of a turn that somebody rated."""
    conversation = assistant.store.add_conversation()
    prompt = ({"role": "user", "content": "Why?"},)
    assistant.store.add_turn(Turn("t1", conversation.id, 0, "Why?", "Because.", prompt))
    assistant.store.rate("t1", Rating("up"))
    return "t1"


def put(folder, *answers):
    folder.mkdir(parents=True, exist_ok=True)
    sheet.write(folder, sheet.Sheet(folder.name, DECISION, answers))


def changed(question, turn_id):
    return sheet.Changed(question, turn_id, "before", f"after {EVIL}", 0.0)


def test_a_sheet_is_shown_from_the_registry_and_before_that_from_its_run(client, assistant):
    finetune = assistant.settings.finetune
    put(finetune.runs_dir / "kto-1", changed("asked of all", None))
    assert "asked of all" in client.get("/sheet/kto-1").text
    put(finetune.adapters_dir / "kto-1", changed("asked later", None))
    shown = client.get("/sheet/kto-1")
    assert shown.status_code == 200
    assert "asked later" in shown.text
    assert "<li>it gained</li>" in shown.text


def test_no_script_runs_on_a_sheet_and_the_browser_keeps_nothing_of_it(client, assistant):
    put(assistant.settings.finetune.adapters_dir / "kto-2", changed(EVIL, None))
    shown = client.get("/sheet/kto-2")
    assert "<script" not in shown.text
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert shown.headers["Cache-Control"] == "private, no-store"


def test_answers_to_conversations_that_are_gone_are_withheld(client, assistant, rated):
    folder = assistant.settings.finetune.adapters_dir / "kto-3"
    put(folder, changed("the rated question", rated), changed("the deleted question", "gone"))
    shown = client.get("/sheet/kto-3").text
    assert "the rated question" in shown
    assert "the deleted question" not in shown
    assert "1 more, to conversations that are gone or that you may not read" in shown


@pytest.mark.parametrize("name", ["nothing", ".hidden", "a b"])
def test_what_has_no_sheet_is_not_found(client, name):
    assert client.get(f"/sheet/{name}").status_code == 404


def test_a_sheet_is_refused_to_a_host_that_is_not_this_machine(client):
    assert client.get("/sheet/kto-1", headers={"Host": "evil.example"}).status_code == 400

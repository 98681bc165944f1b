"""Files that a crash or a disk has damaged: told by name, with what to do, and mended."""

import json

import pytest

from finetune.registry import Card, Registry
from knowledge.__main__ import main as knowledge
from tests.assistant.conftest import make_adapter, tiny_model  # noqa: F401 - fixtures
from tests.faults.conftest import turns

LEAVE = "# Parental leave\n\nParental leave at Larkspur is sixteen weeks long, and paid in full.\n"
QUESTION = "How long is parental leave at Larkspur?"


def test_a_half_written_index_is_told_and_mended_while_the_server_runs(start, home, tmp_path):
    (tmp_path / "leave.md").write_text(LEAVE)
    assert knowledge(["add", str(tmp_path / "leave.md"), "--home", str(home)]) == 0
    database = home / "knowledge" / "index" / "chroma" / "chroma.sqlite3"
    with database.open("r+b") as file:  # as if the power had failed while it was written
        file.truncate(6000)
    server = start(home)
    status, told = server.get("/readyz")
    assert status == 503
    assert "verify --repair" in json.loads(told)["checks"]["index"]
    assert knowledge(["verify", "--repair", "--home", str(home)]) == 0
    assert server.get("/readyz")[0] == 200
    assert server.ask(QUESTION)["answer"]
    [turn] = turns(home)
    assert [one.title for one in (*turn.sources, *turn.nearest)] == ["Parental leave"]
    server.end()


@pytest.mark.slow
def test_a_corrupt_adapter_is_told_by_name_and_after_a_rollback_answers_go_on(
    start,
    tmp_path,
    tiny_model,  # noqa: F811
    make_adapter,  # noqa: F811
):
    home = tmp_path / "home"
    registry = Registry(home / "adapters")
    adapter = make_adapter("torn")
    registry.add("torn", adapter, Card(base=str(tiny_model), method="sft"))
    registry.promote("torn")
    weights = home / "adapters" / "torn" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    server = start(home, "--model", str(tiny_model))
    with pytest.raises(Exception, match="torn") as told:
        server.ask("Hello?")
    assert "\n" not in str(told.value)
    assert turns(home) == []
    registry.rollback()
    assert server.ask("Hello?")["adapter"] is None
    assert len(turns(home)) == 1

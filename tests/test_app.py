import socket
import subprocess
import sys
from pathlib import Path

import pytest

import app

ROOT = Path(__file__).parents[1]


@pytest.fixture
def start(tmp_path, capsys, monkeypatch):
    """Start with a home of its own; gives the exit status and what it said on stderr."""
    monkeypatch.delenv("APPRENTICE_HOME", raising=False)

    def start(*arguments):
        status = app.main([*arguments, "--home", str(tmp_path)])
        return status, capsys.readouterr().err

    return start


def test_help_loads_nothing_heavy():
    code = (
        "import sys, app\ntry: app.main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted(set(sys.modules) & {'torch', 'transformers', 'gradio', 'chromadb', 'spacy', 'sklearn', 'peft'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_an_option_that_there_is_not_exits_with_two(capsys):
    with pytest.raises(SystemExit) as ended:
        app.main(["--share"])
    assert ended.value.code == 2
    assert "--share" in capsys.readouterr().err


def test_an_address_that_others_can_reach_is_refused_in_one_line(start):
    status, told = start("--host", "0.0.0.0")
    assert (status, told.count("\n")) == (2, 1)
    assert told.startswith("apprentice: 0.0.0.0 can be reached from other machines")


def test_a_port_that_is_taken_is_told_in_one_line(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, told = start("--port", str(taken.getsockname()[1]))
    assert (status, told.count("\n")) == (2, 1)
    assert "--port" in told


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_there_is_not_is_told_in_one_line(start, port):
    status, told = start("--port", port)
    assert (status, told.count("\n"), f"no port {port}" in told) == (2, 1, True)


def test_a_misspelt_setting_is_told_in_one_line(start, tmp_path):
    (tmp_path / "settings.toml").write_text("[chat]\ncontxt = 1\n")
    status, told = start()
    assert (status, told.count("\n"), "contxt" in told) == (2, 1, True)


def test_a_database_that_is_none_is_told_in_one_line(start, tmp_path):
    (tmp_path / "assistant.db").write_bytes(b"no database at all " * 100)
    status, told = start()
    assert (status, told.count("\n"), "not a database" in told) == (1, 1, True)

"""One server a home."""

import subprocess
import sys

import pytest

from assistant import homes
from assistant.errors import BadInput


def test_a_second_server_is_refused_in_one_line_that_names_the_first(tmp_path):
    code = "import sys; from assistant import homes\nwith homes.held(__import__('pathlib').Path(sys.argv[1])): input()"
    with subprocess.Popen([sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE) as other:
        while not (tmp_path / homes.LOCK).exists() or not (tmp_path / homes.LOCK).read_text():
            pass
        with pytest.raises(BadInput, match=f"process {other.pid}") as told, homes.held(tmp_path):
            pass
        other.kill()
    assert "\n" not in str(told.value)
    with homes.held(tmp_path):  # what a crash leaves behind keeps nobody out
        pass


def test_a_home_that_cannot_be_written_is_told_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="cannot be written"), homes.held(tmp_path / "file" / "home"):
        pass

"""Power failures and full disks: what was acknowledged stays, and the service comes back."""

import json
import os
import resource
import sqlite3
import subprocess
import sys
import threading

import pytest

from tests.faults.conftest import audited, turns, until
from tests.servers import ROOT

QUESTION = "What do you know about the sea?"


@pytest.fixture(scope="module")
def server(start, home):
    return start(home)


def checks(server):
    status, text = server.get("/readyz")
    return status, json.loads(text)["checks"]


def test_a_second_server_of_the_home_is_refused_in_one_line_and_the_first_goes_on(server, home):
    command = [sys.executable, "app.py", "--home", home, "--port", "7999"]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert f"another server (process {server.process.pid})" in second.stderr
    assert server.ask(QUESTION)["answer"] == "Good morning."


def test_while_the_database_is_locked_an_answer_waits_and_is_kept(server, home):
    before = len(turns(home))
    other = sqlite3.connect(home / "assistant.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(3, lambda: other.execute("ROLLBACK"))
    answer = server.submit(QUESTION)
    release.start()
    assert answer.result(timeout=60)["answer"] == "Good morning."
    release.join()
    other.close()
    assert len(turns(home)) == before + 1


def test_a_database_that_is_gone_is_told_and_when_it_is_back_nothing_is_lost(server, home):
    before = {turn.id for turn in turns(home)}
    away = home.with_name("away.db")
    (home / "assistant.db").rename(away)
    try:
        status, found = checks(server)
    finally:
        away.rename(home / "assistant.db")
    assert status == 503
    assert "assistant.db is gone" in found["database"]
    assert checks(server)[0] == 200
    kept = server.ask(QUESTION)["turn_id"]
    assert {turn.id for turn in turns(home)} == before | {kept}


def test_on_a_full_disk_no_answer_is_claimed_to_be_kept_and_with_room_it_goes_on(server, home):
    before = {turn.id for turn in turns(home)}
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    try:
        with pytest.raises(Exception, match=r"cannot be (used|written)") as told:
            server.ask(QUESTION)
    finally:
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, unlimited)
    assert "\n" not in str(told.value)
    assert {turn.id for turn in turns(home)} == before
    kept = server.ask(QUESTION)["turn_id"]
    assert {turn.id for turn in turns(home)} == before | {kept}
    assert audited(home) is None


def test_after_a_kill_in_the_middle_of_an_answer_all_that_was_acknowledged_is_there(server, start, home, spoken):
    kept = server.ask(QUESTION)["turn_id"]
    before = {turn.id for turn in turns(home)}
    asked = len(spoken.bodies("/v1/chat/completions"))
    spoken.says, spoken.pause = [f"word{number} " for number in range(200)], 0.1
    server.submit(QUESTION)
    until(lambda: len(spoken.bodies("/v1/chat/completions")) > asked)
    os.kill(server.process.pid, 9)
    server.process.wait()
    spoken.says, spoken.pause = ["Good ", "morning."], 0.0
    again = start(home)
    assert checks(again)[0] == 200
    assert kept in before
    assert {turn.id for turn in turns(home)} == before
    assert audited(home) is None
    assert again.ask(QUESTION)["answer"] == "Good morning."

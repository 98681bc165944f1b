"""A live process is told from one that is gone, on this machine and on others."""

import subprocess
import sys
import time
from pathlib import Path

from knowledge import processes
from knowledge.errors import IndexUnavailable

ROOT = Path(__file__).parents[2]
SAY = "from knowledge import processes; print(processes.this())"


def test_this_process_lives_and_one_that_ended_does_not():
    ended = subprocess.run([sys.executable, "-c", SAY], cwd=ROOT, capture_output=True, text=True, check=True)
    assert processes.alive(processes.this())
    assert not processes.alive(ended.stdout.strip())


def test_another_machines_process_lives_while_its_lease_is_fresh():
    assert processes.alive("elsewhere/1:1", age=10)
    assert not processes.alive("elsewhere/1:1", age=1000)
    assert not processes.alive("elsewhere/1:1")


def test_a_lease_is_renewed_at_once_and_while_the_work_goes_on():
    renewed = []
    with processes.renewed(lambda: renewed.append(1), every=0.01):
        assert renewed
        time.sleep(0.2)
    count = len(renewed)
    assert count > 3
    time.sleep(0.05)
    assert len(renewed) == count


def test_a_lease_is_renewed_again_once_the_database_is_back():
    tried = []

    def renew():
        tried.append(1)
        if len(tried) == 2:
            raise IndexUnavailable("the server does not answer")

    with processes.renewed(renew, every=0.01):
        time.sleep(0.2)
    assert len(tried) > 3

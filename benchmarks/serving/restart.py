"""How long after kill -9 the server is ready again, and what an idle event stream costs.

Run: python -m benchmarks.serving.restart [--conversations 10000] [--passages 100000] [--streams 500]. A home is filled,
the real server started on it and killed while it answers; the time runs from the kill to the first 200 of /readyz, and
on to the first answer from documents of the embedded model. Then event streams of the page's own kind are opened and
left idle, and one more question is asked. Writes benchmarks/results/serving_restart.json.
"""

import argparse
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import closing, suppress
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from assistant.store.audit import Entry
from assistant.store.store import Store
from assistant.turns import Turn
from benchmarks.machine import clock, lent
from benchmarks.scale import Filler, sentences_of

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "serving_restart.json"
QUESTIONS = ROOT / "benchmarks" / "questions"
QUESTION = "How is the customer told when an order is late?"
ROUNDS = 3
WAIT = 300.0


def fill(home: Path, conversations: int, passages: int) -> None:
    """Put conversations of one turn each, and passages, into a home."""
    with closing(Store(home / "assistant.db")) as store:
        for number in range(conversations):
            one = store.add_conversation().id
            turn = Turn(f"{number:032x}", one, 0, QUESTION, answer="By a letter. " * 20, model="filled")
            store.add_turn(turn, [Entry("output", "allow", turn.answer, turn_id=turn.id, policy="filled")])
    filler = Filler(home, sentences_of(QUESTIONS))
    filler.fill(passages)
    filler.close()


def start(home: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server as a person does, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "app.py", "--home", str(home), "--port", str(port)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), port


def ready(port: int) -> None:
    """Wait until the server says that it is."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10):
            return
        time.sleep(0.05)
    raise TimeoutError("the server did not become ready")


def ask(port: int) -> dict[str, Any]:
    """Ask a question, and wait for its answer."""
    from gradio_client import Client

    client = Client(f"http://127.0.0.1:{port}", verbose=False, analytics_enabled=False)
    answer: dict[str, Any] = client.predict(QUESTION, api_name="/ask")
    return answer


def killed(process: subprocess.Popen[bytes], port: int) -> float:
    """Kill the server in the middle of an answer, and return when."""
    threading.Thread(target=_broken_off, args=(port,), daemon=True).start()
    time.sleep(1.0)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return time.perf_counter()


def _broken_off(port: int) -> None:
    with suppress(Exception):  # whatever the client makes of a server that is gone
        ask(port)


def idle(process: subprocess.Popen[bytes], port: int, streams: int) -> dict[str, Any]:
    """Open event streams, leave them idle, and ask beside them."""
    memory = psutil.Process(process.pid).memory_info
    before, opened = memory().rss, []
    for number in range(streams):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", f"/gradio_api/heartbeat/idle{number}")
        assert connection.getresponse().status == 200
        opened.append(connection)
    time.sleep(2)
    grown = (memory().rss - before) / max(streams, 1) / 2**20
    answered = bool(ask(port)["turn_id"])
    for connection in opened:
        connection.close()
    return {"streams": streams, "mib_each": round(grown, 3), "answered_beside": answered}


def main() -> None:
    """Fill, kill and start again some times, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--streams", type=int, default=500)
    options = parser.parse_args()
    begun, seconds, answers = clock(), [], []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        fill(home, options.conversations, options.passages)
        process, port = start(home)
        try:
            ready(port)
            ask(port)
            for _ in range(ROUNDS):
                at = killed(process, port)
                process, port = start(home)
                ready(port)
                seconds.append(time.perf_counter() - at)
                ask(port)
                answers.append(time.perf_counter() - at)
            streams = idle(process, port, options.streams)
        finally:
            process.kill()
            process.wait()
    figures = {
        "conversations": options.conversations,
        "passages": options.passages,
        "seconds_from_kill_to_ready": [round(one, 1) for one in seconds],
        "median": round(median(seconds), 1),
        "seconds_to_the_first_answer": [round(one, 1) for one in answers],
        "idle_streams": streams,
        "share_of_the_cores_lent_to_others": lent(begun),
    }
    if (options.conversations, options.passages) == (10_000, 100_000):  # others are tries
        RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

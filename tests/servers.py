"""A running `app.py`, as the ring's and the browser's tests ask it."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


class Server:
    """The product, started as a person starts it, on a free port."""

    def __init__(self, home: Path, *arguments: str, stderr: Any = None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "app.py", "--home", str(home), "--port", str(port), *arguments]
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=stderr)
        self._client: Any = None

    def wait(self, seconds: float = 120) -> None:
        """Wait until the page is there."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5):
                    return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.2)

    def ask(self, question: str) -> Any:
        """Ask through the page's own queue, as programs do."""
        return self.submit(question).result()

    def submit(self, question: str) -> Any:
        """Ask, and go on while the answer is written."""
        from gradio_client import Client

        self._client = self._client or Client(self.url, verbose=False, analytics_enabled=False)
        return self._client.submit(question, api_name="/ask")

    def get(self, path: str) -> tuple[int, str]:
        """Return the status and the words of an answer."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def end(self) -> None:
        """Stop it as Ctrl-C does."""
        self.process.terminate()
        self.process.wait(timeout=30)

"""A running `app.py`, as the ring's and the browser's tests ask it."""

import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


class Server:
    """The product, started as a person starts it, on a free port."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen([sys.executable, "app.py", "--home", str(home), "--port", str(port)], cwd=ROOT)
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
        from gradio_client import Client

        self._client = self._client or Client(self.url, verbose=False, analytics_enabled=False)
        return self._client.predict(question, api_name="/ask")

    def end(self) -> None:
        """Stop it as Ctrl-C does."""
        self.process.terminate()
        self.process.wait(timeout=30)

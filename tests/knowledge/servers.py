"""Real servers, started by the tests in folders of their own: Postgres, and Chroma by HTTP."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from uuid import uuid4

WAIT = 60
"""Seconds in which a server has to be there."""


def postgres_programs() -> Path | None:
    """Return the folder of Postgres' programs, where it is installed; Debian keeps them off the path."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), default=None)


class PostgresServer:
    """Postgres on a free port, without a password, fast rather than safe: its data are thrown away."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._port = _free_port()
        self._data = folder / "postgres"
        self._data.mkdir()
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:  # Postgres refuses to run as root
            shutil.chown(self._data, self._user)
        self._programs = programs
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        fast = ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off"]
        options = [*fast, "max_connections=200", f"unix_socket_directories={self._data}"]
        settings = [word for option in options for word in ("-c", option)]
        self._process = subprocess.Popen(
            self._command("postgres", "-D", self._data, "-h", "127.0.0.1", "-p", self._port, *settings),
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait(self._ready, self._process)

    def database(self) -> str:
        """Make a new database, and return its URL."""
        name = f"test_{uuid4().hex}"
        self._run("createdb", "-h", "127.0.0.1", "-p", self._port, "-U", "postgres", name)
        return f"postgresql://postgres@127.0.0.1:{self._port}/{name}"

    def end(self) -> None:
        """Stop it, whoever is still connected, and without a last checkpoint."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(timeout=30)

    def _ready(self) -> bool:
        command = self._command("pg_isready", "-h", "127.0.0.1", "-p", self._port)
        return subprocess.run(command, cwd="/", stdout=subprocess.DEVNULL, check=False).returncode == 0

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(self._command(program, *arguments), cwd="/", stdout=subprocess.DEVNULL, check=True)

    def _command(self, program: str, *arguments: object) -> list[str]:
        step = ["setpriv", f"--reuid={self._user}", f"--regid={self._user}", "--clear-groups"]
        return [*(step if os.geteuid() == 0 else []), str(self._programs / program), *map(str, arguments)]


class ChromaServer:
    """`chroma run` on a free port, with its data in a folder."""

    def __init__(self, folder: Path) -> None:
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        program = Path(sys.executable).parent / "chroma"
        self._process = subprocess.Popen(
            [str(program), "run", "--path", str(folder / "chroma"), "--host", "127.0.0.1", "--port", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"ANONYMIZED_TELEMETRY": "False"},
        )
        _wait(self._ready, self._process)

    def end(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(timeout=30)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/heartbeat", timeout=5):
                return True
        except OSError:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(ready: object, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + WAIT
    while not ready():  # type: ignore[operator]
        if time.monotonic() > deadline or process.poll() is not None:
            raise TimeoutError("the server did not start")
        time.sleep(0.1)

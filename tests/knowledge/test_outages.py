"""A server that goes away in the middle is told in one line, and when it is back everything goes on."""

import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from knowledge.errors import IndexUnavailable
from knowledge.library import Library
from knowledge.settings import KnowledgeSettings
from tests.knowledge.servers import ChromaServer, PostgresServer, _wait, postgres_programs

pytestmark = pytest.mark.postgres
AWAY = "see that the server runs"
QUESTION = "How long is parental leave?"


class Server:
    """A server of this module's own, that can be stopped and started again."""

    def __init__(self, server):
        self._server = server

    def settings(self):
        if isinstance(self._server, ChromaServer):
            return {"vectors": self._server.url}
        return {"catalogue": self._server.database()}

    def stop(self):
        self._server._process.send_signal(signal.SIGINT)
        self._server._process.wait(timeout=30)

    def start(self):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._server._process = subprocess.Popen(self._server._process.args, cwd="/", **quiet)
        _wait(self._server._ready, self._server._process)


@pytest.fixture(scope="module", params=["Postgres", "Chroma"])
def server(request):
    programs = postgres_programs()
    if request.param == "Postgres" and programs is None:
        pytest.skip("Postgres is not installed")
    with tempfile.TemporaryDirectory() as folder:  # pytest's own cannot be entered by Postgres' user
        Path(folder).chmod(0o755)
        own = PostgresServer(programs, Path(folder)) if request.param == "Postgres" else ChromaServer(Path(folder))
        yield Server(own)
        own.end()


@pytest.fixture
def library(server, tmp_path, encoder):
    library = Library(KnowledgeSettings(home=tmp_path / "home", **server.settings()), encoder)
    yield library
    library.close()


def test_a_search_says_that_the_server_is_away_and_finds_again_when_it_is_back(library, server, handbook):
    library.add(handbook)
    server.stop()
    with pytest.raises(IndexUnavailable, match=AWAY):
        library.find(QUESTION)
    server.start()
    assert library.find(QUESTION).answerable


def test_what_was_being_added_when_the_server_went_away_leaves_nothing(library, server, handbook, tmp_path, caplog):
    library.add(handbook)
    keys = tmp_path / "keys.md"
    keys.write_text("# Keys\n\nThe front door key hangs behind the green door.")

    def stop(stage, share):
        if stage == "splitting":
            server.stop()

    with pytest.raises(IndexUnavailable, match=AWAY):
        library.add(keys, on_progress=stop)
    server.start()
    handbook.write_text(handbook.read_text() + "\n\nThe canteen opens at noon.")
    library.add(handbook)

    assert [(document.title, document.state) for document in library.documents()] == [("Staff handbook", "ready")]
    assert library.verify().problems == ()
    assert [record.name for record in caplog.records if record.exc_info] == []

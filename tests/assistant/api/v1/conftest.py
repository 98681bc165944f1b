"""The programming interface over real parts, but for the model, which says what it is told to."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.testclient import TestClient

from assistant import server, settings
from assistant.api.callers import Caller
from assistant.api.v1.app import mounted
from assistant.assembly import Assistant, assemble
from assistant.guardrails.privacy import Privacy
from assistant.guardrails.rails import Rails
from knowledge.documents import Collection
from tests.assistant.doubles import SpokenModel

MASKING = Rails((Privacy(),), (Privacy(),))


class Known:
    """Sets who asks, as the server does."""

    def __init__(self, app: Any, caller: Caller) -> None:
        self.app, self.caller = app, caller

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope.setdefault("state", {})["caller"] = self.caller
        await self.app(scope, receive, send)


@dataclass
class Api:
    """What a test asks, and what lies behind it."""

    client: TestClient
    assistant: Assistant
    model: Any

    def ask(self, question: str = "Hello?", **fields: Any) -> dict[str, Any]:
        """Ask without documents, and return the response."""
        answer = self.post(question, **fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, question: str = "Hello?", **fields: Any) -> Any:
        asked = {"messages": [{"role": "user", "content": question}], "knowledge": False} | fields
        return self.client.post("/v1/chat/completions", json=asked)

    def message(self, question: str = "Hello?", **fields: Any) -> dict[str, Any]:
        return self.ask(question, **fields)["choices"][0]["message"]

    @property
    def prompt(self) -> list[dict[str, str]]:
        """What the model was asked last."""
        return self.model.asked[-1].messages


ALONE = Caller(None, administrator=True)


def served(assistant: Assistant, caller: Caller = ALONE) -> Any:
    """Mount the interface as the server does."""
    return Known(Starlette(routes=[mounted(assistant)]), caller)


def speaking(assistant: Assistant, model: Any, rails: Rails = MASKING) -> Assistant:
    return replace(assistant, engine=replace(assistant.engine, model=model, rails=lambda: rails))


@pytest.fixture(scope="session")
def assembled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    home = tmp_path_factory.mktemp("home")
    with assemble(settings.load(home=home, model=str(home / "tiny"))) as assistant:
        assistant.library.put_collection(Collection("board", "anna", ("carl",)))
        file = home / "leave.md"
        file.write_text("# Leave\n\nAnnual leave is 25 days a year for everybody.\n", encoding="utf-8")
        assistant.library.add(file, source="leave.md")
        yield assistant


@pytest.fixture
def api(assembled: Assistant) -> Callable[..., Api]:
    """Make an interface over a model that gives these answers, for a caller."""

    def make(
        *answers: Any, user: str | None = None, administrator: bool = True, rails: Rails = MASKING, model: Any = None
    ) -> Api:
        model = model or SpokenModel(list(answers) or ["Good morning to you."])
        assistant = speaking(assembled, model, rails)
        client = TestClient(served(assistant, Caller(user, administrator)), raise_server_exceptions=False)
        return Api(client, assistant, model)

    return make


class Patient(SpokenModel):
    """Waits before each word, and knows whether it was told to stop."""

    pause = 0.0

    def stream(self, messages, *, stop=None, **how):
        for piece in super().stream(messages, stop=stop, **how):
            stop.wait(self.pause)
            if stop.is_set():
                return
            yield piece


@pytest.fixture(scope="session")
def live(assembled):
    """A server on a free port, with a model that is told what to say."""
    model = Patient(["Good morning to you."])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = server.application(speaking(assembled, model), "127.0.0.1", port)
    running = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.02)
    yield SimpleNamespace(model=model, url=f"http://127.0.0.1:{port}/v1", store=assembled.store)
    running.should_exit = True
    thread.join(10)

"""A running server with a home of its own, and a real browser whose every request is recorded."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from assistant import settings
from assistant.assembly import Assistant, assemble
from tests.assistant.doubles import SpokenModel
from tests.servers import Server

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without these Chromium itself looks for updates, and asks its maker for this and that.
ALONE = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")

expect.set_options(timeout=30_000)  # a busy machine takes its time


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        problem = "no Chromium or Chrome is installed: `make test` installs Debian's where it may"
        pytest.fail(problem) if os.environ.get("CI") else pytest.skip(problem)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-quic", *ALONE]
        )
        yield running
        running.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("home"))
    try:
        running.wait()
        yield running
    finally:
        running.end()


@pytest.fixture(scope="module")
def requests() -> list[str]:
    """The addresses of all requests that the pages of this module made."""
    return []


@pytest.fixture(scope="module")
def page(browser: Browser, server: Server, requests: list[str]) -> Iterator[Page]:
    """The page, opened once; a person, too, clicks on where the last click led."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(90_000)
    opened.on("request", lambda request: requests.append(request.url))
    opened.goto(server.url)
    opened.get_by_label("Message", exact=True).wait_for()
    yield opened
    context.close()


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots go; the README shows one of them."""
    folder = Path(os.environ.get("APPRENTICE_PICTURES") or Path(__file__).parents[2] / "build" / "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass
class Desk:
    """The product in this process, whose model says what it is told to: all else is real, and quick."""

    url: str
    assistant: Assistant
    model: SpokenModel


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    import uvicorn

    from assistant.server import application, quiet_libraries

    quiet_libraries()
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    model = SpokenModel(["It says so in the documents [1]."])
    with assemble(settings.load(home=tmp_path_factory.mktemp("home"))) as assembled:
        assistant = replace(assembled, engine=replace(assembled.engine, model=model))
        config = uvicorn.Config(application(assistant, "127.0.0.1", port), log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        # The socket listens already, so that the browser's first request waits until the server takes it.
        yield Desk(f"http://127.0.0.1:{port}", assistant, model)
        server.should_exit = True
        thread.join(timeout=20)


@pytest.fixture(scope="module")
def shelf(browser: Browser, desk: Desk) -> Iterator[Page]:
    """The page of the desk, opened once."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(30_000)
    opened.goto(desk.url)
    opened.get_by_label("Message", exact=True).wait_for()
    yield opened
    context.close()

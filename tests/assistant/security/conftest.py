"""An assistant with users, and clicks that are sent by one of them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio.context import LocalContext

from assistant import settings
from assistant.accounts.callers import Caller, of
from assistant.assembly import Assistant, assemble
from assistant.store.users import Role, User

KEPT = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNo"
PEOPLE: dict[str, Role] = {"anna": "administrator", "rita": "reviewer", "ben": "user", "eve": "user"}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    home = tmp_path_factory.mktemp("home")
    (home / "settings.toml").write_text("[limits]\nquestions = 3\nuploads = 4\nupload_megabytes = 1\n")
    with assemble(settings.load(home=home, model=str(home / "no model"))) as assembled:
        for name, role in PEOPLE.items():
            assembled.store.accounts.users.add(name, role, KEPT)
        yield assembled


def called(name: str) -> Caller:
    return of(User(name, PEOPLE[name]))


@contextmanager
def clicked_by(name: str) -> Iterator[gr.Request]:
    """Answer what is called meanwhile as clicks of a user, the way Gradio does."""
    request = gr.Request(request=SimpleNamespace(state=SimpleNamespace(caller=called(name))), session_hash=f"of {name}")
    mark = LocalContext.request.set(request)
    try:
        yield request
    finally:
        LocalContext.request.reset(mark)


@pytest.fixture
def clicks() -> Callable[[str], AbstractContextManager[Any]]:
    return clicked_by

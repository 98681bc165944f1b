"""The rails as they are served, with the embedded encoder; built once for all tests of this folder."""

import json
from pathlib import Path

import pytest

from assistant.guardrails.encoder import Encoder
from assistant.guardrails.policy import Means, build
from assistant.guardrails.privacy import Privacy
from assistant.guardrails.rails import Rails
from assistant.guardrails.settings import RailSettings
from assistant.guardrails.views import Views
from knowledge.embeddings import Encoder as Embedder

FILES = Path(__file__).parents[2] / "files" / "rails"


@pytest.fixture(scope="session")
def embed():
    embedder = Embedder("embedded")
    return lambda texts: embedder.encode([embedder.shorten(text) for text in texts]).tolist()


@pytest.fixture(scope="session")
def encoder(embed) -> Encoder:
    return Encoder(embed)


@pytest.fixture(scope="session")
def views() -> Encoder:
    return Encoder(Views())


@pytest.fixture(scope="session")
def means(encoder, views) -> Means:
    return Means(encoder, views)


@pytest.fixture(scope="session")
def rails(means) -> Rails:
    return build(RailSettings(), means)


@pytest.fixture(scope="session")
def privacy() -> Privacy:
    return Privacy()


@pytest.fixture(scope="session")
def labelled():
    """Read a labelled set of tests/files/rails: texts only."""

    def read(name: str) -> list[str]:
        lines = (FILES / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")
        return [json.loads(line)["text"] for line in lines if line]

    return read

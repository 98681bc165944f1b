"""An assistant for tabs to be built on, whose model is never asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import settings
from assistant.assembly import Assistant, assemble


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with assemble(settings.load(home=tmp_path / "home", model=str(tmp_path / "no model"))) as assembled:
        yield assembled

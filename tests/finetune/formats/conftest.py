"""Files of training data, written for one test each."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finetune.formats import dataset
from finetune.formats.dataset import Dataset


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Dataset]:
    """Write rows as JSONL and read them."""

    def read(*rows: Any) -> Dataset:
        path = tmp_path / "rows.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        return dataset.read(path)

    return read


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Dataset]:
    """Write bytes or text to a file of some name and read it."""

    def read(name: str, content: str | bytes, named: Any = None) -> Dataset:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return dataset.read(path, named)

    return read

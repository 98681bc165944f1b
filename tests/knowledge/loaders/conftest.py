"""What needs Tesseract fails without it where tests run in continuous integration, and is left out elsewhere."""

import os
import shutil

import pytest


@pytest.fixture
def tesseract(monkeypatch):
    """Tesseract with its English data, in one thread as workers run it."""
    monkeypatch.setenv("OMP_THREAD_LIMIT", "1")
    if shutil.which("tesseract") is None:
        problem = "no Tesseract is installed: install tesseract-ocr"
        pytest.fail(problem) if os.environ.get("CI") else pytest.skip(problem)


@pytest.fixture
def no_tesseract(monkeypatch, tmp_path):
    """A machine where no program is installed."""
    monkeypatch.setenv("PATH", str(tmp_path))

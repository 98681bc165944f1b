"""A document is cut into passages, and none comes through unscanned."""

import pytest

from knowledge.chunking import split
from knowledge.errors import UnreadableFile
from knowledge.loaders.cutting import Cutting, cut
from knowledge.loaders.markdown import load
from knowledge.loaders.options import Options
from tests.knowledge.conftest import HANDBOOK
from tests.knowledge.doubles import HashingEncoder

ENCODER = HashingEncoder()


@pytest.fixture
def content():
    return load(HANDBOOK.encode(), Options())


def cutting(scan=None):
    """What is told where passages have up to 20 words."""
    return Cutting("Handbook", str(ENCODER.tokenizer_file()), 20, scan and f"{__name__}:{scan.__name__}")


def wary(texts):
    """A scan that finds the second passage odd, and one after it."""
    return [None, "it is odd", "it is odder", *[None] * (len(texts) - 3)]


def failing(texts):
    """A scan with a mistake in it."""
    return texts[len(texts)]


def greedy(texts):
    """A scan that finds no memory."""
    raise MemoryError


def test_a_document_is_cut_by_the_tokenizer_of_the_file(content):
    assert cut(content, cutting()).pieces == split(content, "Handbook", ENCODER.tokenize, 20)


def test_the_first_reason_of_the_scan_is_told(content):
    assert cut(content, cutting(wary)).suspicious == "it is odd"


def test_what_is_not_scanned_is_not_suspicious(content):
    assert cut(content, cutting()).suspicious is None


def test_a_document_whose_scan_fails_is_refused(content):
    with pytest.raises(
        UnreadableFile, match=r"Handbook was not added, as the scan .*failing fails on it \(IndexError\)"
    ):
        cut(content, cutting(failing))


def test_want_of_memory_is_no_mistake_of_the_scan(content):
    with pytest.raises(MemoryError):
        cut(content, cutting(greedy))

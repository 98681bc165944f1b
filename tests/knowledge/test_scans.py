"""A scan is known by a name that other processes find it by."""

import pytest

from assistant.guardrails import documents
from knowledge import scans
from knowledge.errors import BadInput


def test_the_rails_bring_the_scan_that_is_installed():
    assert scans.installed() is documents.scan


def test_a_function_of_a_module_has_an_address():
    assert scans.address(documents.scan) == "assistant.guardrails.documents:scan"


@pytest.mark.parametrize("scan", [lambda texts: [None] * len(texts), [].count])
def test_what_other_processes_cannot_find_is_refused(scan):
    with pytest.raises(BadInput, match="no function of a module"):
        scans.address(scan)


def test_for_trusted_texts_nothing_is_suspicious():
    assert scans.nothing(["a", "b"]) == [None, None]

"""What is put right when a library opens: readings broken off, and documents that were never scanned."""

import logging
from collections.abc import Callable

from knowledge import processes
from knowledge.catalogue.catalogue import Catalogue
from knowledge.jobs import Scan

log = logging.getLogger(__name__)

SCANNED = "scanned"
"""The fact of the catalogue that names the scan that all its ready documents have passed."""


def sweep(catalogue: Catalogue, clear: Callable[[], None]) -> None:
    """Drop what processes that are no more had begun to read, and clear away what removed documents left."""
    for document_id, owner in catalogue.reading():
        if not processes.alive(owner, catalogue.lease(owner)):
            log.info("Dropping document %s, whose reading was broken off", document_id)
            catalogue.remove(document_id)
    clear()


def rescan(catalogue: Catalogue, name: str, scan: Scan) -> None:
    """Scan the documents that came in without this scan, before any of them is found; released ones stay released.

    Documents are added with the scan from the first on, so that this happens once: where a catalogue is opened by a
    version that brought the scan, or another one.
    """
    if catalogue.facts(SCANNED).get(SCANNED) == name:
        return
    for document in catalogue.documents():
        if document.state != "ready" or catalogue.released(document.id):
            continue
        texts = [stored.passage.text for stored in catalogue.passages(document.id)]
        reason = next(filter(None, scan(texts)), None)
        if reason:
            log.warning("Document %s was quarantined", document.id)
            catalogue.quarantine(document.id, suspicion(reason))
    catalogue.set_fact(SCANNED, name)


def suspicion(reason: str) -> str:
    """Say why a document is in quarantine, and what to do about it."""
    return f"{reason}: read it, then release or remove it"

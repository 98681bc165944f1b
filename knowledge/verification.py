"""Does all that is stored agree? Text, passages, full-text index, vectors and original files; and the mending of it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.catalogue.catalogue import Catalogue
from knowledge.catalogue.rows import Stored
from knowledge.documents import Document
from knowledge.errors import IndexUnavailable
from knowledge.index import Index


@dataclass(frozen=True, slots=True)
class Report:
    """What was found; where there are no problems, nothing is wrong."""

    documents: int
    passages: int
    problems: tuple[str, ...]
    repaired: bool = False


def verify(catalogue: Catalogue, index: Index, originals: Path) -> Report:
    """Compare everything with everything."""
    problems = catalogue.problems()
    wanted: set[str] = set()
    documents = _ready(catalogue)
    for document in documents:
        stored = catalogue.passages(document.id)
        problems += _passage_problems(document, catalogue.text(document.id), stored)
        problems += _file_problems(document, originals)
        wanted |= {s.passage.id for s in stored}
    problems += _index_problems(index, wanted, {name for name, _ in catalogue.reading()})
    return Report(len(documents), len(wanted), tuple(problems))


def mend(catalogue: Catalogue, index: Index) -> None:
    """Write the full-text index and the vectors anew out of the catalogue."""
    catalogue.rebuild_full_text()
    index.clear()
    for document in _ready(catalogue):
        stored = catalogue.passages(document.id)
        if stored:
            vectors = np.stack([s.vector for s in stored])
            index.add([s.passage.id for s in stored], vectors, document.id, document.collection)


def _ready(catalogue: Catalogue) -> list[Document]:
    return [document for document in catalogue.documents() if document.state == "ready"]


def _passage_problems(document: Document, text: str, stored: list[Stored]) -> list[str]:
    wrong = [s.passage.id for s in stored if text[s.passage.start : s.passage.end] != s.passage.text]
    found = [f"passage {name} is not the text of its document: add {document.source} again" for name in wrong]
    if not stored:
        found.append(f"document {document.id} has no passages: add {document.source} again")
    return found


def _file_problems(document: Document, originals: Path) -> list[str]:
    copies = list(originals.glob(f"{document.digest}*"))
    if not copies:
        return [f"the file of document {document.id} is gone: add {document.source} again"]
    if any(hashlib.sha256(copy.read_bytes()).hexdigest() != document.digest for copy in copies):
        return [f"the file of document {document.id} was changed: remove it and add {document.source} again"]
    return []


def _index_problems(index: Index, wanted: set[str], reading: set[str]) -> list[str]:
    try:
        there = index.ids()
    except IndexUnavailable as error:
        return [str(error)]
    missing = len(wanted - there)
    extra = len([name for name in there - wanted if name.rpartition(":")[0] not in reading])
    hint = "run `python -m knowledge verify --repair`"
    return [
        *([f"{missing} passages have no vector: {hint}"] if missing else []),
        *([f"{extra} vectors belong to no passage: {hint}"] if extra else []),
    ]

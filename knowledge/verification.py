"""Does all that is stored agree? Text, passages, full-text index, vectors and original files; and the mending of it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from knowledge.catalogue.catalogue import Catalogue
from knowledge.catalogue.rows import Stored
from knowledge.documents import Document
from knowledge.errors import IndexUnavailable
from knowledge.index import Index

HINT = "run `python -m knowledge verify --repair`"
FACT = "index"
"""The fact of the catalogue that names the index that was filled last."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found; where there are no problems, nothing is wrong."""

    documents: int
    passages: int
    problems: tuple[str, ...]
    repaired: bool = False


def verify(catalogue: Catalogue, index: Index, originals: Path) -> Report:
    """Compare everything with everything; what is being read, replaced or removed right now is left out."""
    problems = catalogue.problems()
    documents = _kept(catalogue)
    for document in documents:
        found = _passage_problems(document, catalogue.text(document.id), catalogue.passages(document.id))
        found += _file_problems(document, originals / (catalogue.file(document.id) or "missing"))
        if found and catalogue.document(document.id) == document:  # else it went meanwhile
            problems += found
    problems += _strays(catalogue, originals)
    problems += _index_problems(catalogue, index)
    return Report(len(documents), sum(document.passages for document in documents), tuple(problems))


def mend(catalogue: Catalogue, index: Index, originals: Path) -> None:
    """Write the full-text index and the vectors anew out of the catalogue; delete files that belong to no document."""
    catalogue.rebuild_full_text()
    catalogue.set_fact(FACT, "")  # so that a repair which is broken off is done when the library opens next
    follow(catalogue, index)
    for name in _stray_files(catalogue, originals):
        (originals / name).unlink(missing_ok=True)


def follow(catalogue: Catalogue, index: Index) -> None:
    """Fill the index where it is another one than was used before: elsewhere, or of an earlier release."""
    if catalogue.facts(FACT).get(FACT) != index.name:
        index.clear()
        fill(catalogue, index)
        catalogue.set_fact(FACT, index.name)


def fill(catalogue: Catalogue, index: Index) -> None:
    """Put all vectors of the catalogue into the index."""
    for generation in catalogue.generations():
        for document in _kept(catalogue):
            ids, vectors = catalogue.embedded(generation, document.id)
            if ids:
                index.add(generation, document.collection, document.id, ids, vectors)


def _kept(catalogue: Catalogue) -> list[Document]:
    return [document for document in catalogue.documents() if document.state in ("ready", "quarantined")]


def _passage_problems(document: Document, text: str, stored: list[Stored]) -> list[str]:
    wrong = [s.passage.id for s in stored if text[s.passage.start : s.passage.end] != s.passage.text]
    found = [f"passage {name} is not the text of its document: add {document.source} again" for name in wrong]
    if not stored:
        found.append(f"document {document.id} has no passages: add {document.source} again")
    return found


def _file_problems(document: Document, file: Path) -> list[str]:
    try:
        with file.open("rb") as data:
            digest = hashlib.file_digest(data, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError):
        return [f"the file of document {document.id} is gone: add {document.source} again"]
    if digest != document.digest:
        return [f"the file of document {document.id} was changed: remove it and add {document.source} again"]
    return []


def _strays(catalogue: Catalogue, originals: Path) -> list[str]:
    return [f"the file {name} belongs to no document: {HINT}" for name in _stray_files(catalogue, originals)]


def _stray_files(catalogue: Catalogue, originals: Path) -> list[str]:
    names = {file.name for file in originals.glob("*") if not file.is_dir()}
    known = catalogue.files() | {f".{document.id}" for document in catalogue.documents()}
    return sorted(name for name in names - known if (originals / name).exists())


def _index_problems(catalogue: Catalogue, index: Index) -> list[str]:
    """Compare the index with the catalogue as it is before and after, as both may change meanwhile."""
    before, busy = _expected(catalogue)
    try:
        there = {generation: index.ids(generation) for generation in before}
        left = index.generations()
    except IndexUnavailable as error:
        return [str(error)]
    after, still_busy = _expected(catalogue)
    # Vectors come into the index before the catalogue, and go after it.
    missing = sum(len((before[one] & after[one]) - there[one]) for one in before.keys() & after.keys())
    known = set[str]().union(*before.values(), *after.values())
    unknown = [name for names in there.values() for name in names - known]
    extra = len([name for name in unknown if name.rpartition(":")[0] not in busy | still_busy])
    left -= before.keys() | after.keys() | set(catalogue.dropped())
    return [
        *([f"{missing} passages have no vector: {HINT}"] if missing else []),
        *([f"{extra} vectors belong to no passage: {HINT}"] if extra else []),
        *([f"vectors of an encoder that serves no more are left: {HINT}"] if left else []),
    ]


def _expected(catalogue: Catalogue) -> tuple[dict[int, set[str]], set[str]]:
    """Return the passages that have a vector in each generation, and the documents that come or go right now."""
    ids = {generation: catalogue.embedded_ids(generation) for generation in catalogue.generations()}
    return ids, {name for name, _ in catalogue.reading()} | set(catalogue.removals())

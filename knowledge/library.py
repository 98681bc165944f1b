"""The library: documents are added, found by what they say, and removed. Here the parts of the package meet.

A document is put into the catalogue as being read, its vectors into the index, and then in one transaction its passages
and full text into the catalogue, which makes it ready and drops the version before it. Only ready documents are ever
found, so that a crash at any point leaves the older state; what it left behind is swept when a library opens next.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4

import numpy as np

from knowledge import processes
from knowledge.catalogue.catalogue import Catalogue
from knowledge.catalogue.rows import Stored
from knowledge.chunking import embedded_text, split
from knowledge.documents import DEFAULT_COLLECTION, Document, Passage
from knowledge.embeddings import Encoder
from knowledge.errors import BadInput, IndexUnavailable, KnowledgeError, UnreadableFile
from knowledge.index import Index
from knowledge.loaders import formats
from knowledge.ranking import fuse, words
from knowledge.settings import KnowledgeSettings
from knowledge.verification import Report, mend, verify

log = logging.getLogger(__name__)

Parts = Literal["hybrid", "dense", "fulltext"]
Progress = Callable[[str, float], None]
CANDIDATES = 100
"""How many passages each of the two searches puts forward, at least."""


class Library:
    """All documents of one home folder; may be used by several threads and processes."""

    def __init__(self, settings: KnowledgeSettings, encoder: Encoder | None = None) -> None:
        self._settings = settings
        self._originals = settings.folder / "documents"
        self._catalogue = Catalogue(f"sqlite:///{settings.folder / 'catalogue.db'}")
        self._index = Index(settings.folder / "index")
        self._encoder = encoder or Encoder(settings.embedding)
        used = self._catalogue.serving(settings.embedding).encoder
        if used != settings.embedding:
            raise BadInput(
                f"the documents here were indexed with the encoder {used!r}, not {settings.embedding!r}: "
                "set `embedding` back, or start from another home folder"
            )
        self._sweep()

    def add(
        self,
        path: Path,
        collection: str = DEFAULT_COLLECTION,
        on_progress: Progress | None = None,
        *,
        source: str | None = None,
    ) -> Document:
        """Read a file into a collection; the same bytes again change nothing, new bytes replace the file's old version.

        Args:
            path: the file.
            collection: where to put it; made where there is none of the name.
            on_progress: is told what is done ("reading", "splitting", "embedding", "ready") and how much of it is.
            source: the name to know the file by, where `path` is only a temporary copy of it.

        Raises:
            BadInput: there is no such file, or the name of the collection will not do.
            UnsupportedFormat: it is of a kind that is not read; it is kept as failed, with the reason.
            UnreadableFile: it is damaged, encrypted, empty or too large; it is kept as failed, with the reason.
            IndexUnavailable: the catalogue or the index cannot be written.
        """
        told = on_progress or (lambda stage, fraction: None)
        _check_collection(collection)
        told("reading", 0.0)
        origin = source or str(path.resolve())
        name = Path(source).name if source else path.name
        data, problem = self._bytes(path, name)
        digest = "" if problem else hashlib.sha256(data).hexdigest()
        known = None if problem else self._catalogue.find(collection, digest)
        if known is not None:
            self._catalogue.settle(known.id, origin)
            self._clear()
            told("ready", 1.0)
            return known
        document = Document(uuid4().hex, name, source or str(path), collection, digest, "reading", 0, None, _now())
        file = f"{digest}{Path(name).suffix.lower()}" if digest else ""
        self._catalogue.begin(document, origin, file, processes.this())
        try:
            if problem:
                raise problem
            return self._read(document, name, data, file, told)
        except BadInput as error:
            self._catalogue.fail(document.id, str(error))
            raise
        except BaseException:
            self._catalogue.remove(document.id)
            raise
        finally:
            self._clear()

    def documents(self, collection: str | None = None) -> list[Document]:
        """List the documents, those that are being read or failed too, oldest first."""
        return self._catalogue.documents(None if collection is None else [collection])

    def remove(self, document_id: str) -> None:
        """Remove a document from all answers to come, with its vectors and its bytes.

        Raises:
            BadInput: there is no document of this id.
        """
        if not self._catalogue.remove(document_id):
            raise _unknown(document_id)
        self._clear()

    def document(self, document_id: str) -> Document:
        """Return one document.

        Raises:
            BadInput: there is no document of this id.
        """
        document = self._catalogue.document(document_id)
        if document is None:
            raise _unknown(document_id)
        return document

    def text(self, document_id: str) -> str:
        """Return the whole text of a document, which its passages point into.

        Raises:
            BadInput: there is no document of this id.
        """
        return self._catalogue.text(self.document(document_id).id)

    def passages(self, document_id: str) -> list[Passage]:
        """Return the passages of a document in order.

        Raises:
            BadInput: there is no document of this id.
        """
        return [stored.passage for stored in self._catalogue.passages(self.document(document_id).id)]

    def search(
        self,
        question: str,
        k: int | None = None,
        collections: Sequence[str] | None = None,
        parts: Parts = "hybrid",
    ) -> list[Passage]:
        """Return the passages that answer a question best, best first; of those with the same text only one.

        Args:
            question: what is asked; beyond 256 tokens it does not count.
            k: how many at most; by default as the settings say.
            collections: where to look; by default everywhere.
            parts: by vectors, by full text, or by both, fused by reciprocal ranks.
        """
        k = k or self._settings.passages
        there = self._catalogue.filled()
        wanted = there if collections is None else there & set(collections)
        if not wanted or not question.strip():
            return []
        question = self._encoder.shorten(question)
        vector = self._encoder.encode_query(question)
        depth = max(CANDIDATES, 3 * k)
        narrowed = None if wanted == there else sorted(wanted)  # Chroma takes ten times as long where it must filter
        rankings = []
        if parts != "dense":
            rankings.append([name for name, _ in self._catalogue.match(words(question), depth, narrowed)])
        if parts != "fulltext":
            rankings.append(self._index.search(vector, depth, narrowed))
        ranked = fuse(rankings)
        stored = self._catalogue.fetch([name for name, _ in ranked], narrowed)
        best: dict[str, Passage] = {}
        for name, score in ranked:
            if name in stored and len(best) < k:
                found = stored[name]
                passage = replace(found.passage, score=score, similarity=float(found.vector @ vector))
                best.setdefault(" ".join(passage.text.split()).casefold(), passage)
        return list(best.values())

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Embed texts of any length by the encoder of the passages; a long one is the mean of its stretches."""
        stretches = [self._encoder.stretches(text) for text in texts]
        vectors = self._encoder.encode([stretch for some in stretches for stretch in some])
        means = []
        first = 0
        for some in stretches:
            mean = vectors[first : first + len(some)].mean(axis=0)
            means.append((mean / max(float(np.linalg.norm(mean)), 1e-9)).tolist())
            first += len(some)
        return means

    def verify(self, *, repair: bool = False) -> Report:
        """Check that text, passages, full-text index, vectors and original files agree; mend what does not if asked."""
        self._sweep()
        report = verify(self._catalogue, self._index, self._originals)
        if repair and report.problems:
            mend(self._catalogue, self._index)
            return replace(verify(self._catalogue, self._index, self._originals), repaired=True)
        return report

    def close(self) -> None:
        """Close the catalogue and the index."""
        self._catalogue.close()
        self._index.close()

    def _bytes(self, path: Path, name: str) -> tuple[bytes, KnowledgeError | None]:
        """Return a file's bytes, or why it is kept as failed."""
        try:
            formats.check(name)
            megabytes = path.stat().st_size / 2**20
            if path.is_file() and megabytes > self._settings.file_megabytes:
                raise UnreadableFile(
                    f"{name} is too large ({megabytes:.0f} MB, {self._settings.file_megabytes} are read): "
                    "split it, or raise `file_megabytes`"
                )
            return path.read_bytes(), None
        except OSError as error:
            raise BadInput(f"{path} cannot be read ({error.strerror}): name a file that is there") from error
        except KnowledgeError as error:
            if not path.is_file():
                raise
            return b"", error

    def _read(self, document: Document, name: str, data: bytes, file: str, told: Progress) -> Document:
        """Take a document from its bytes to being ready."""
        self._keep(document.id, file, data)
        content = formats.load(name, data)
        title = content.title or name
        told("splitting", 0.0)
        pieces = split(content, title, self._encoder.tokenize, self._settings.passage_tokens)
        texts = [content.text[piece.start : piece.end] for piece in pieces]
        told("embedding", 0.0)
        vectors = self._encoder.encode(
            [embedded_text(piece.lead, text) for piece, text in zip(pieces, texts, strict=True)],
            lambda fraction: told("embedding", fraction),
        )
        stored = []
        for number, (piece, text) in enumerate(zip(pieces, texts, strict=True)):
            passage = Passage(
                f"{document.id}:{number}", document.id, title, text, piece.start, piece.end, piece.location
            )
            stored.append(Stored(passage, piece.lead, vectors[number]))
        self._index.add([s.passage.id for s in stored], vectors, document.id, document.collection)
        ready = self._catalogue.finish(document.id, title, content, stored)
        told("ready", 1.0)
        return ready

    def _keep(self, document_id: str, file: str, data: bytes) -> None:
        """Keep the original bytes; a file of this name is whole, whenever a crash comes."""
        try:
            self._originals.mkdir(parents=True, exist_ok=True)
            scratch = self._originals / f".{document_id}"
            scratch.write_bytes(data)
            scratch.replace(self._originals / file)
        except OSError as error:
            raise IndexUnavailable(
                f"{self._originals} cannot be written ({error.strerror}): free some space"
            ) from error

    def _sweep(self) -> None:
        """Drop what processes that are no more had begun to read, and clear away what removed documents left."""
        for document_id, owner in self._catalogue.reading():
            if not processes.alive(owner):
                log.info("Dropping document %s, whose reading was broken off", document_id)
                self._catalogue.remove(document_id)
        self._clear()

    def _clear(self) -> None:
        for document_id in self._catalogue.removals():
            self._index.remove(document_id)
            self._catalogue.cleared(document_id, self._originals)


def _check_collection(name: str) -> None:
    if not 1 <= len(name) <= 64 or name != name.strip() or not name.isprintable():
        raise BadInput(f"{name!r} will not do as the name of a collection: take 1 to 64 characters")


def _unknown(document_id: str) -> BadInput:
    return BadInput(f"there is no document {document_id!r}: `python -m knowledge list` shows the ids")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")

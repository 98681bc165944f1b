"""The library: documents are added, found by what they say, and removed. Here the parts of the package meet."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from knowledge import reembedding, scans
from knowledge.adding import Adder, check_collection
from knowledge.catalogue.catalogue import Catalogue
from knowledge.catalogue.rows import Vector
from knowledge.contents import Contents, unknown
from knowledge.documents import DEFAULT_COLLECTION, Collection, Document, Findings, Passage
from knowledge.embeddings import Encoder
from knowledge.errors import BadInput, IndexUnavailable
from knowledge.index import Index
from knowledge.ingestion import Ingestion
from knowledge.jobs import Job, Outcome, Scan, Told
from knowledge.loaders.workers import Workers
from knowledge.originals import Originals
from knowledge.reader import Reader
from knowledge.reranking import Reranker
from knowledge.search import Parts, Request, Searcher
from knowledge.settings import KnowledgeSettings
from knowledge.sweeping import SCANNED, rescan, sweep
from knowledge.verification import Report, follow, mend, verify

Progress = Callable[[str, float], None]
CUTTING = 1800.0
"""Seconds that a document may take to be cut and scanned: one of 50 MB takes 140 where nothing else is done."""
DRAWING = 20.0
"""Seconds that a page may take to be drawn."""


class Library(Contents):
    """All documents of one home folder; may be used by several threads and processes."""

    def __init__(self, settings: KnowledgeSettings, encoder: Encoder | None = None, scan: Scan | None = None) -> None:
        self.settings = settings
        self._originals = settings.folder / "documents"
        self._catalogue = Catalogue(settings.catalogue_url)
        self._index = Index(settings.folder / "index", settings.vectors, self._catalogue.fact("library", uuid4().hex))
        self._encoders = {settings.embedding: encoder} if encoder else {}
        self._broken_off: set[str] = set()
        self._reranker = Reranker(settings.reranker) if settings.reranker else None
        scan = scan or scans.installed()
        self._scan = scans.address(scan) if scan else None
        self._workers = Workers(
            settings.readers, seconds=settings.reading_seconds, megabytes=settings.reading_megabytes
        )
        self._cutting = Workers(-(-settings.readers // 2), seconds=CUTTING, megabytes=settings.reading_megabytes)
        # A page that is looked at waits for no file that is read.
        self._drawing = Workers(seconds=DRAWING, megabytes=settings.reading_megabytes)
        self.ingestion = Ingestion(self.add_all)
        sweep(self._catalogue, self._adder().clear)
        follow(self._catalogue, self._index)
        reembedding.sweep(self._catalogue, self._index)
        if scan and self._scan:
            rescan(self._catalogue, self._scan.replace(":", "."), scan)
        else:  # What comes in now is scanned by whoever opens the library with a scan next.
            self._catalogue.set_fact(SCANNED, "")

    # Documents in

    def add_all(self, jobs: Iterable[Job], told: Told | None = None) -> Iterator[Outcome]:
        """Add files and web pages, and yield what became of each when it is done; one that fails stops no other.

        The same bytes again change nothing, new bytes of the same path replace its old version. What looks as if it
        held instructions for the assistant is quarantined: kept, but not found until somebody releases it.

        Raises:
            IndexUnavailable: the catalogue or the index cannot be written.
        """
        yield from self._adder().add_all(jobs, told or (lambda job, stage, share: None))

    def add(
        self,
        path: Path,
        collection: str = DEFAULT_COLLECTION,
        on_progress: Progress | None = None,
        *,
        source: str | None = None,
        password: str | None = None,
        user: str | None = None,
    ) -> Document:
        """Read one file into a collection, as `add_all` does.

        Args:
            path: the file.
            collection: where to put it; made where there is none of the name.
            on_progress: is told what is done ("reading", "splitting", "embedding", "ready") and how much of it is.
            source: the name to know the file by, where `path` is only a temporary copy of it.
            password: opens the file where it is encrypted.
            user: who adds it; None is whoever runs this machine.

        Raises:
            BadInput: there is no such file, or the collection will not do.
            UnsupportedFormat: it is of a kind that is not read; it is kept as failed, with the reason.
            UnreadableFile: it is damaged, encrypted, empty or too large; it is kept as failed, with the reason.
            IndexUnavailable: the catalogue or the index cannot be written.
        """
        job = Job(path, collection=collection, source=source, password=password, user=user)
        told = on_progress or (lambda stage, share: None)
        [outcome] = self.add_all([job], lambda job, stage, share: told(stage, share))
        if outcome.error or outcome.document is None:
            raise outcome.error or BadInput(f"{path} was not added")
        return outcome.document

    def remove(self, document_id: str, user: str | None = None) -> None:
        """Remove a document from all answers to come, with its vectors and its bytes.

        Raises:
            BadInput: there is no document of this id, or the user may not remove it.
        """
        document = self.reader(user).document(document_id)
        check_collection(self._catalogue, document.collection, user)
        if not self._catalogue.remove(document_id):
            raise unknown(document_id)
        self._adder().clear()

    def release(self, document_id: str, reviewer: str, user: str | None = None) -> Document:
        """Let a quarantined document be found, in place of its older version.

        Raises:
            BadInput: there is no document of this id in quarantine, or the user may not release it.
        """
        document = self.reader(user).document(document_id)
        check_collection(self._catalogue, document.collection, user)
        released = self._catalogue.release(document_id, reviewer)
        self._adder().clear()
        return released

    def check_writable(self, collection: str, user: str | None) -> None:
        """Refuse a collection that a user may not add to or remove from, or a name that will not do.

        Raises:
            BadInput: it is refused.
        """
        check_collection(self._catalogue, collection, user)

    def move(self, document_id: str, origin: str, source: str, user: str | None = None) -> None:
        """Note that the file of a document now lies elsewhere.

        Raises:
            BadInput: there is no document of this id, or the user may not change its collection.
        """
        self.check_writable(self.reader(user).document(document_id).collection, user)
        self._catalogue.move(document_id, origin, source)

    def origins(self, collection: str, folder: str) -> list[tuple[str, str, str, str]]:
        """List id, path, digest and state of the documents that were read from a folder."""
        return self._catalogue.origins(collection, folder.rstrip("/") + "/")

    def digest(self, path: Path) -> str:
        """Return the SHA-256 of a file, by which documents are known."""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    # Passages out

    def reader(self, user: str | None = None) -> Reader:
        """Return the library as a user may see it; None is whoever runs this machine, who may read everything."""
        return Reader(self, user)

    def search(
        self,
        question: str,
        k: int | None = None,
        collections: Sequence[str] | None = None,
        parts: Parts = "hybrid",
    ) -> list[Passage]:
        """Return the passages that answer a question best, best first."""
        return self.find(question, k=k, collections=collections, parts=parts).passages

    def find(  # noqa: PLR0913 - each is a wish that a caller may have, and all but the question have defaults
        self,
        question: str,
        *,
        k: int | None = None,
        collections: Sequence[str] | None = None,
        parts: Parts = "hybrid",
        earlier: Sequence[str] = (),
        documents: Sequence[str] | None = None,
        user: str | None = None,
    ) -> Findings:
        """Search, and tell of each passage how it was found, and whether they are likely to hold the answer.

        Args:
            question: what is asked; beyond 256 tokens it does not count.
            k: how many passages at most; by default as the settings say.
            collections: where to look; by default everywhere.
            parts: by vectors, by full text, or by both.
            earlier: the questions asked before in the same conversation, oldest first, that this one may refer to.
            documents: the ids of the documents to look in; by default all.
            user: whose reading rights count; None is whoever runs this machine.

        Raises:
            IndexUnavailable: the catalogue or the index cannot be read, or the index has lost its vectors.
        """
        readable = {collection.name for collection in self.collections() if collection.readable(user)}
        there = self._catalogue.filled()
        wanted = there & readable if collections is None else there & readable & set(collections)
        request = Request(
            question,
            k or self.settings.passages,
            collections=sorted(wanted),
            documents=documents,
            parts=parts,
            earlier=earlier,
        )
        return self.searcher().find(request)

    def searcher(self) -> Searcher:
        """Return the search by the vectors that serve now, of all collections."""
        serving = self._catalogue.serving(self.settings.embedding)

        def nearest(vector: Vector, count: int, collections: Sequence[str] | None) -> dict[str, float]:
            wanted = sorted(self._catalogue.filled()) if collections is None else collections
            found = dict(self._index.search(serving.id, vector, count, wanted))
            if not found and self._catalogue.serving() == serving and self._catalogue.filled() & set(wanted):
                raise IndexUnavailable("the index has lost its vectors: run `python -m knowledge verify --repair`")
            return found

        return Searcher(self._catalogue, nearest, self._encoder(serving.encoder), self._reranker)

    def put_collection(self, collection: Collection, user: str | None = None) -> None:
        """Make a collection, or change who owns and reads it.

        Raises:
            BadInput: its name will not do, or the user does not own it.
        """
        check_collection(self._catalogue, collection.name, user)
        self._catalogue.put_collection(collection)

    # Upkeep

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Embed texts of any length by the encoder of the passages; a long one is the mean of its stretches."""
        return self._encoder().embed_stretches(texts)

    def count(self, texts: Sequence[str]) -> int:
        """Count the tokens of texts, as the encoder of the passages reads them."""
        return sum(len(tokens) for tokens in self._encoder().tokenize(texts))

    def reembed(self, on_progress: Callable[[float], None] | None = None) -> str:
        """Build the vectors of the encoder that is set now beside those that serve, switch to them, and name it."""
        name = self.settings.embedding
        reembedding.reembed(
            self._catalogue, self._index, name, self._encoder(name), on_progress or (lambda share: None)
        )
        return name

    @property
    def outdated(self) -> bool:
        """Whether the documents are still searched by another encoder than that which is set."""
        return self._catalogue.serving(self.settings.embedding).encoder != self.settings.embedding

    def look(self) -> None:
        """See that the catalogue and the index answer; `verify` looks whether they agree.

        Raises:
            IndexUnavailable: one of them does not.
        """
        self._catalogue.filled()
        self._index.generations()

    def verify(self, *, repair: bool = False) -> Report:
        """Check that text, passages, full-text index, vectors and original files agree; mend what does not if asked."""
        sweep(self._catalogue, self._adder().clear)
        report = verify(self._catalogue, self._index, self._originals)
        if repair and report.problems:
            mend(self._catalogue, self._index, self._originals)
            return replace(verify(self._catalogue, self._index, self._originals), repaired=True)
        return report

    def close(self) -> None:
        """End what is being added, and close the catalogue and the index."""
        self.ingestion.close()
        self._workers.close()
        self._cutting.close()
        self._drawing.close()
        self._catalogue.close()
        self._index.close()

    def _encoder(self, name: str | None = None) -> Encoder:
        """Return an encoder, by default that of the vectors that serve."""
        name = name or self._catalogue.serving(self.settings.embedding).encoder
        return self._encoders.setdefault(name, Encoder(name))

    def _adder(self) -> Adder:
        serving = self._catalogue.serving(self.settings.embedding)
        return Adder(
            settings=self.settings,
            catalogue=self._catalogue,
            index=self._index,
            encoder=self._encoder(serving.encoder),
            reading=self._workers,
            cutting=self._cutting,
            scan=self._scan,
            originals=Originals(self._originals, self.settings.file_megabytes),
            generation=serving.id,
            broken_off=self._broken_off,
        )

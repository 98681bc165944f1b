"""Files in: read, cut and scanned, while those before are embedded in large groups, and those before them stored.

A document is put into the catalogue as being read, its vectors into the index, and then in one transaction its passages
and full text into the catalogue, which makes it ready and drops the version before it. Only ready documents are ever
found, so that a crash at any point leaves the older state; what it left behind is swept when a library opens next.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import numpy as np
import numpy.typing as npt

from knowledge import processes
from knowledge.catalogue.catalogue import Catalogue
from knowledge.catalogue.rows import Stored
from knowledge.chunking import embedded_text
from knowledge.documents import Collection, Document, Passage
from knowledge.embeddings import Encoder
from knowledge.errors import BadInput, IndexUnavailable, KnowledgeError
from knowledge.index import Index
from knowledge.jobs import Job, Outcome, Told
from knowledge.loaders.cutting import Cutting
from knowledge.loaders.options import Options
from knowledge.loaders.workers import Workers
from knowledge.originals import Originals, one_line, writable
from knowledge.readahead import Prepared, Read, ReadAhead
from knowledge.settings import KnowledgeSettings
from knowledge.sweeping import suspicion

AHEAD = 256
"""How many files are read ahead of the embedding, at most."""
CHARACTERS = 16_000_000
"""How much text is; in memory it may take up ten times as much, with where each line of it stood."""
GROUP = 2048
"""Passages embedded together: the more of them are sorted by length, the less is padded."""


@dataclass(frozen=True, slots=True)
class _Underway:
    """What one call to add files has in hand."""

    told: Told
    ahead: ReadAhead
    begun: set[str]
    """The documents that are not done."""


@dataclass(frozen=True, slots=True)
class Adder:
    """Takes files from their bytes to being found."""

    settings: KnowledgeSettings
    catalogue: Catalogue
    index: Index
    encoder: Encoder
    reading: Workers
    cutting: Workers
    """Others than those that read: what parses the files of others does not judge them."""
    scan: str | None
    """The function that scans passages, as `module:name`."""
    originals: Originals
    generation: int
    """Whose vectors the encoder makes."""
    broken_off: set[str]
    """Documents that nobody reads on; they stay here while the catalogue cannot be reached."""

    def add_all(self, jobs: Iterable[Job], told: Told) -> Iterator[Outcome]:
        """Add files as they come, and yield what became of each, in the order in which they are done.

        A file that cannot be read is kept as failed and does not stop the others.

        Raises:
            IndexUnavailable: the catalogue or the index cannot be written.
        """
        underway = _Underway(told, ReadAhead(CHARACTERS), set())
        held: deque[Read] = deque()
        with (
            processes.renewed(lambda: self.catalogue.renew(processes.this())),
            ThreadPoolExecutor(self.settings.readers) as readers,
            ThreadPoolExecutor(1) as storing,
        ):
            prepared = Prepared(readers, lambda job: self._prepare(job, underway), jobs)
            stored: Future[list[Outcome]] | None = None
            try:
                while not prepared.ended or held:
                    for result in prepared.take(AHEAD - len(held), wait=not held):
                        if isinstance(result, Read):
                            held.append(result)
                        else:
                            yield result
                    if held:
                        group = _group(held, last=prepared.ended)
                        vectors = self._embed(group, told)
                        yield from stored.result() if stored else ()
                        # The index waits for the disk most of the time; meanwhile the next group is embedded.
                        stored = storing.submit(self._store, group, vectors, underway)
                yield from stored.result() if stored else ()
            finally:
                underway.ahead.close()
                readers.shutdown(cancel_futures=True)
                storing.shutdown()
                self.broken_off.update(underway.begun)
                self.clear()

    def clear(self) -> None:
        """Clear away what was stopped in the middle, and the vectors and bytes of documents that are gone."""
        for document_id in tuple(self.broken_off):
            self.catalogue.remove(document_id)
            self.broken_off.discard(document_id)
        for document_id in self.catalogue.removals():
            self.index.remove(document_id)
            self.catalogue.cleared(document_id, self.originals.folder)

    def _prepare(self, job: Job, underway: _Underway) -> Read | Outcome:
        """Read, cut and scan a file."""
        underway.ahead.wait()
        read = self._read(job, underway)
        if isinstance(read, Outcome):
            return read
        # What is wrong with the encoder is no fault of the file, and is raised.
        tokenizer = str(self.encoder.tokenizer_file())
        underway.ahead.take(len(read.content.text))
        try:
            return self._cut(read, tokenizer, underway.told)
        except BadInput as error:
            underway.ahead.give(len(read.content.text))
            return self._failed(job, read.document, error, underway)

    def _read(self, job: Job, underway: _Underway) -> Read | Outcome:
        underway.told(job, "reading", 0.0)
        try:
            check_collection(self.catalogue, job.collection, job.user)
            with self._fetched(job) as (path, name):
                return self._read_file(job, path, name, underway)
        except KnowledgeError as error:
            if isinstance(error, IndexUnavailable):
                raise
            return Outcome(job, None, error)

    @contextmanager
    def _fetched(self, job: Job) -> Iterator[tuple[Path, str]]:
        """Yield where the file lies, and its name."""
        if job.url is None:
            path = job.path or Path()
            yield path, one_line(Path(job.source or path).name)
            return
        from knowledge import web

        page = web.fetch(
            job.url, megabytes=self.settings.file_megabytes, allow_private=self.settings.allow_private_addresses
        )
        with ExitStack() as stack:
            with writable("the folder of temporary files"):
                path = Path(stack.enter_context(TemporaryDirectory()), "page")
                path.write_bytes(page.data)
            yield path, page.name

    def _read_file(self, job: Job, path: Path, name: str, underway: _Underway) -> Read | Outcome:
        digest, problem = self.originals.digest(path, name)
        known = self.catalogue.find(job.collection, digest) if digest else None
        if known is not None:
            self.catalogue.settle(known.id, job.origin)
            underway.told(job, known.state, 1.0)
            return Outcome(job, known)
        document = Document(
            uuid4().hex, name, job.source or job.url or str(path), job.collection, digest, "reading", 0, None, _now()
        )
        underway.begun.add(document.id)
        # Its bytes are named by nothing but what they are: a name from outside may be too long, or too odd.
        self.catalogue.begin(document, job.origin, digest, processes.this(), self.generation)
        try:
            if problem:
                raise problem
            content = self.reading.read(self.originals.keep(document, path), Options(name, job.password))
            return Read(job, replace(document, title=content.title or name), content)
        except BadInput as error:
            return self._failed(job, document, error, underway)

    def _failed(self, job: Job, document: Document, error: BadInput, underway: _Underway) -> Outcome:
        self.catalogue.fail(document.id, str(error))
        underway.begun.discard(document.id)
        underway.told(job, "failed", 1.0)
        return Outcome(job, self.catalogue.document(document.id), error)

    def _cut(self, read: Read, tokenizer: str, told: Told) -> Read:
        told(read.job, "splitting", 0.0)
        how = Cutting(read.document.title, tokenizer, self.settings.passage_tokens, self.scan)
        cut = self.cutting.cut(read.content, how)
        text = read.content.text
        embedded = [embedded_text(piece.lead, text[piece.start : piece.end]) for piece in cut.pieces]
        return replace(read, pieces=cut.pieces, embedded=embedded, suspicious=cut.suspicious)

    def _embed(self, group: Sequence[Read], told: Told) -> npt.NDArray[np.float32]:
        def tell(share: float) -> None:
            for read in group:
                told(read.job, "embedding", share)

        tell(0.0)
        return self.encoder.encode([text for read in group for text in read.embedded], tell)

    def _store(self, group: Sequence[Read], vectors: npt.NDArray[np.float32], underway: _Underway) -> list[Outcome]:
        """Put the vectors of a whole group into the index, and then make one document after another ready."""
        starts = list(accumulate((len(read.pieces) for read in group), initial=0))
        spans = [slice(*span) for span in pairwise(starts)]
        for collection in {read.document.collection for read in group}:
            own = [at for at, read in enumerate(group) if read.document.collection == collection]
            documents = [group[at].document.id for at in own for _ in group[at].pieces]
            ids = [name for at in own for name in group[at].ids]
            self.index.put(
                self.generation, collection, documents, ids, np.concatenate([vectors[spans[at]] for at in own])
            )
        outcomes = []
        for read, span in zip(group, spans, strict=True):
            ready = self._finish(read, vectors[span])
            underway.begun.discard(read.document.id)
            underway.ahead.give(len(read.content.text))
            underway.told(read.job, ready.state, 1.0)
            outcomes.append(Outcome(read.job, ready, fresh=True))
        self.clear()
        return outcomes

    def _finish(self, read: Read, vectors: npt.NDArray[np.float32]) -> Document:
        document, content, texts = read.document, read.content, read.texts
        stored = [
            Stored(
                Passage(name, document.id, document.title, text, piece.start, piece.end, piece.location),
                piece.lead,
                vector,
            )
            for name, piece, text, vector in zip(read.ids, read.pieces, texts, vectors, strict=True)
        ]
        reason = suspicion(read.suspicious) if read.suspicious else "; ".join(content.notes) or None
        return self.catalogue.finish(
            document.id, document.title, content, stored, reason=reason, quarantined=bool(read.suspicious)
        )


def _group(held: deque[Read], *, last: bool) -> list[Read]:
    """Take out what is embedded together: of what comes last only half, so that little is left to store at the end."""
    most = GROUP
    if last:
        most = min(GROUP, max(GROUP // 8, sum(len(read.pieces) for read in held) // 2))
    group: list[Read] = []
    passages = 0
    while held and (not group or passages < most):
        group.append(held.popleft())
        passages += len(group[-1].pieces)
    return group


def check_collection(catalogue: Catalogue, name: str, user: str | None) -> None:
    """Refuse a collection that the user may not add to, or a name that will not do.

    Raises:
        BadInput: it may not be added to.
    """
    if not 1 <= len(name) <= 64 or name != name.strip() or not name.isprintable():
        raise BadInput(f"{name!r} will not do as the name of a collection: take 1 to 64 characters")
    if not (catalogue.collection(name) or Collection(name)).writable(user):
        raise BadInput(f"{user} may not change the collection {name!r}: ask its owner")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")

"""The vectors: Chroma, embedded, through LangChain. LangChain and Chroma types end here.

Chroma reads its files once and writes them back whole, so that two processes at one folder would lose each other's
vectors. Every use therefore holds a file lock, and opens the folder anew where another has written since.
"""

import fcntl
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.errors import IndexUnavailable

BATCH = 200
"""Vectors put in at once; searches wait for no longer than that."""
_opening = threading.Lock()


class Index:
    """Finds the passages nearest to a vector; may be used by several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._revision = -1
        self._client: Any = None
        self._system: Any = None
        self._store: Any = None

    def add(self, ids: Sequence[str], vectors: npt.NDArray[np.float32], document_id: str, collection: str) -> None:
        """Put in the vectors of one document's passages.

        Raises:
            IndexUnavailable: the folder cannot be written.
        """
        metadata = {"document_id": document_id, "collection": collection}
        for first in range(0, len(ids), BATCH):
            some = list(ids[first : first + BATCH])
            with self._opened(writing=True):
                self._passages().upsert(
                    ids=some,
                    embeddings=vectors[first : first + BATCH],
                    metadatas=[metadata] * len(some),
                    documents=some,  # LangChain leaves out what has no text; the texts stand in the catalogue
                )

    def remove(self, document_id: str) -> None:
        """Take out the vectors of one document.

        Raises:
            IndexUnavailable: the folder cannot be written.
        """
        with self._opened(writing=True):
            self._passages().delete(where={"document_id": document_id})

    def search(
        self, vector: npt.NDArray[np.float32], count: int, collections: Sequence[str] | None = None
    ) -> list[str]:
        """Return the ids of the nearest passages, nearest first.

        Raises:
            IndexUnavailable: the folder cannot be read.
        """
        where = {"collection": {"$in": list(collections)}} if collections else None
        with self._opened(writing=False):
            found = self._store.similarity_search_by_vector_with_relevance_scores(
                embedding=vector.tolist(), k=count, filter=where
            )
        return [str(document.id) for document, _ in found]

    def ids(self) -> set[str]:
        """Return the ids of all passages that have a vector."""
        with self._opened(writing=False):
            return set(self._passages().get(include=[])["ids"])

    def clear(self) -> None:
        """Throw the whole index away, damaged or not, so that it can be filled anew."""
        with self._opened(writing=True, whole=False):
            self._close()
            shutil.rmtree(self._folder / "chroma", ignore_errors=True)

    def close(self) -> None:
        """Let go of the folder."""
        with self._lock:
            self._close()

    @contextmanager
    def _opened(self, *, writing: bool, whole: bool = True) -> Iterator[None]:
        """Hold the lock of threads and processes, with the newest state of the folder open where `whole`."""
        with self._lock, self._locked(writing=writing) as counter, _translated(self._folder):
            revision = int(os.pread(counter, 20, 0) or 0)
            if whole and (self._store is None or revision != self._revision):
                self._open()
                self._revision = revision
            if writing:
                # Counted before the change, so that a crash in the midst of it is seen by the others too.
                self._revision = revision + 1
                os.pwrite(counter, str(self._revision).encode(), 0)
            yield

    @contextmanager
    def _locked(self, *, writing: bool) -> Iterator[int]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            counter = os.open(self._folder / "revision", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise IndexUnavailable(f"the index in {self._folder} cannot be opened: {error.strerror}") from error
        try:
            fcntl.flock(counter, fcntl.LOCK_EX if writing else fcntl.LOCK_SH)
            yield counter
        finally:
            os.close(counter)

    def _open(self) -> None:
        from chromadb import PersistentClient
        from chromadb.api.shared_system_client import SharedSystemClient
        from chromadb.config import Settings
        from langchain_chroma import Chroma

        self._close()
        with _opening:
            try:
                self._client = PersistentClient(
                    path=str(self._folder / "chroma"), settings=Settings(anonymized_telemetry=False)
                )
                self._system = self._client._system
            finally:
                # Chroma would hand this state, by then stale or broken, to whoever opens the folder next.
                SharedSystemClient.clear_system_cache()
        self._store = Chroma(
            client=self._client,
            collection_name="passages",
            collection_configuration={"hnsw": {"space": "cosine"}},
        )

    def _passages(self) -> Any:
        return self._client.get_collection("passages")

    def _close(self) -> None:
        if self._system is not None:
            self._system.stop()
        self._client = self._system = self._store = None


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """Turn what Chroma raises into one line that says what to do."""
    from chromadb.errors import ChromaError

    try:
        yield
    except (ChromaError, OSError, ValueError) as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise IndexUnavailable(
            f"the index in {folder} cannot be used ({text}): run `python -m knowledge verify --repair`"
        ) from error

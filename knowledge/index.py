"""The vectors: Chroma, embedded or a server, through LangChain. LangChain and Chroma types end here.

Every collection has for every generation a Chroma collection of its own, so that a search need not be narrowed by
metadata, which takes Chroma several times as long. What the catalogue does not know of any more is passed over there.
"""

import hashlib
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from knowledge.errors import BadInput, IndexUnavailable
from knowledge.locks import Revision

BATCH = 200
"""Vectors put in at once; searches wait for no longer than that."""
PAUSE = 0.002
"""Seconds between two batches, in which whoever waits gets his turn."""
LAYOUT = 2
"""Raised where the vectors are laid out otherwise, so that they are put in anew."""
HNSW = {"space": "cosine", "ef_construction": 100, "ef_search": 400, "max_neighbors": 32, "sync_threshold": 1000}
"""How the graph of neighbours is built and searched (Malkov and Yashunin 2018); `sync_threshold` is how many vectors
are kept in Chroma's log alone, from which they are read again when it is opened."""
NOTHING: dict[str, Any] = {"ids": [[]], "distances": [[]]}
_opening = threading.Lock()


class Index:
    """Finds the passages nearest to a vector; may be used by several threads, processes and, as a server, machines."""

    def __init__(self, folder: Path, url: str = "", library: str = "apprentice") -> None:
        """Use a folder, or the Chroma server at a URL; nothing is opened yet.

        Args:
            folder: of the embedded Chroma.
            url: of a server to use instead.
            library: what tells its vectors from those of others on the same server.

        Raises:
            BadInput: the URL is none of HTTP.
        """
        if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
            raise BadInput(f"{url} is no URL of a Chroma server: write http://HOST:PORT")
        self._folder, self._url, self._library = folder, url, library
        self._lock = threading.RLock()
        self._revision = Revision(folder / "revision")
        self._known = -1
        self._client: Any = None
        self._system: Any = None
        self._opened: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """What tells this index from another one that would have to be filled anew."""
        return f"{LAYOUT} {self._url or 'embedded'}"

    def add(
        self,
        generation: int,
        collection: str,
        document_id: str,
        ids: Sequence[str],
        vectors: npt.NDArray[np.float32],
    ) -> None:
        """Put in the vectors of one document's passages.

        Raises:
            IndexUnavailable: the folder cannot be written, or the server does not answer.
        """
        self.put(generation, collection, [document_id] * len(ids), ids, vectors)

    def put(
        self,
        generation: int,
        collection: str,
        documents: Sequence[str],
        ids: Sequence[str],
        vectors: npt.NDArray[np.float32],
    ) -> None:
        """Put in the vectors of passages of several documents, one id of a document for each.

        Raises:
            IndexUnavailable: the folder cannot be written, or the server does not answer.
        """
        for first in range(0, len(ids), BATCH):
            some = slice(first, first + BATCH)
            rows = {
                "ids": list(ids[some]),
                "embeddings": vectors[some],
                "metadatas": [{"document_id": name} for name in documents[some]],
            }
            with self._use(writing=True):
                self._write(generation, collection, rows)
            time.sleep(PAUSE)

    def remove(self, document_id: str) -> None:
        """Take out the vectors of one document, of all generations.

        Raises:
            IndexUnavailable: the folder cannot be written, or the server does not answer.
        """
        with self._use(writing=True):
            for there in self._all():
                there.delete(where={"document_id": document_id})

    def drop(self, generation: int) -> None:
        """Take out all vectors of a generation.

        Raises:
            IndexUnavailable: the folder cannot be written, or the server does not answer.
        """
        with self._use(writing=True):
            for there in self._all(generation):
                self._client.delete_collection(there.name)
            self._opened.clear()

    def search(
        self,
        generation: int,
        vector: npt.NDArray[np.float32],
        count: int,
        collections: Sequence[str],
        documents: Sequence[str] | None = None,
    ) -> list[tuple[str, float]]:
        """Return the ids of the nearest passages with the cosine of each, nearest first.

        Args:
            generation: of which the vector is.
            vector: of unit length.
            count: how many at most.
            collections: where to look.
            documents: the ids of the documents to look in, which takes longer; by default all.

        Raises:
            IndexUnavailable: the folder cannot be read, or the server does not answer.
        """
        if documents is not None and not documents:
            return []
        where = None if documents is None else {"document_id": {"$in": list(documents)}}
        near: list[tuple[str, float]] = []
        with self._use(writing=False):
            for collection in dict.fromkeys(collections):
                asked = {"query_embeddings": [vector], "n_results": count, "where": where, "include": ["distances"]}
                found = self._ask(generation, collection, asked)
                near += [(n, 1 - float(d)) for n, d in zip(found["ids"][0], found["distances"][0], strict=True)]
        return sorted(near, key=lambda item: -item[1])[:count]

    def ids(self, generation: int) -> set[str]:
        """Return the ids of all passages that have a vector of a generation."""
        with self._use(writing=False):
            return {name for there in self._all(generation) for name in there.get(include=[])["ids"]}

    def generations(self) -> set[int]:
        """Return the generations of which there are vectors."""
        with self._use(writing=False):
            return {int(there.metadata["generation"]) for there in self._all()}

    def clear(self) -> None:
        """Throw the whole index away, damaged or not, so that it can be filled anew."""
        with self._lock, _translated(self._place):
            if self._url:
                with self._use(writing=True):
                    for there in self._all():
                        self._client.delete_collection(there.name)
                    self._opened.clear()
                return
            with self._revision.held(writing=True):
                self._known = self._revision.count()
                self._close()
                shutil.rmtree(self._folder / "chroma", ignore_errors=True)

    def close(self) -> None:
        """Let go of the folder or the server."""
        with self._lock:
            self._close()

    @property
    def _place(self) -> str:
        return f"at {self._url}" if self._url else f"in {self._folder}"

    @contextmanager
    def _use(self, *, writing: bool) -> Iterator[None]:
        """Open Chroma in its newest state; embedded, alone where `writing`, else with others that read."""
        if self._url:
            with _translated(self._place):
                with self._lock:
                    if self._client is None:
                        self._connect()
                yield
            return
        with self._lock, _translated(self._place), self._revision.held(writing=writing):
            if self._client is None or self._revision.read() != self._known:
                self._open()
                self._known = self._revision.read()
            if writing:
                # Counted before the change, so that a crash in the midst of it is seen by the others too.
                self._known = self._revision.count()
            yield

    def _connect(self) -> None:
        from chromadb import HttpClient
        from chromadb.config import Settings

        parts = urlsplit(self._url)
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        self._client = HttpClient(
            host=str(parts.hostname), port=port, ssl=secure, settings=Settings(anonymized_telemetry=False)
        )

    def _open(self) -> None:
        from chromadb import PersistentClient
        from chromadb.api.shared_system_client import SharedSystemClient
        from chromadb.config import Settings

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

    def _make(self, generation: int, collection: str) -> Any:
        """Return the Chroma collection of one of ours, made where it is not there yet."""
        from langchain_chroma import Chroma

        name = self._name(generation, collection)
        if name not in self._opened:
            Chroma(
                client=self._client,
                collection_name=name,
                collection_metadata={"library": self._library, "generation": generation, "collection": collection},
                collection_configuration={"hnsw": HNSW},
            )
        return self._there(generation, collection)

    def _there(self, generation: int, collection: str) -> Any:
        """Return the Chroma collection of one of ours, None where there is none."""
        from chromadb.errors import NotFoundError

        name = self._name(generation, collection)
        if name not in self._opened:
            try:
                self._opened[name] = self._client.get_collection(name, embedding_function=None)
            except NotFoundError:
                return None
        return self._opened[name]

    def _write(self, generation: int, collection: str, rows: dict[str, Any]) -> None:
        from chromadb.errors import NotFoundError

        try:
            self._make(generation, collection).upsert(**rows)
        except NotFoundError:  # another machine deleted it, or the server has lost it
            self._opened.clear()
            self._make(generation, collection).upsert(**rows)

    def _ask(self, generation: int, collection: str, asked: dict[str, Any]) -> Any:
        from chromadb.errors import NotFoundError

        for _ in range(2):
            there = self._there(generation, collection)
            try:
                return there.query(**asked) if there is not None else NOTHING
            except NotFoundError:  # another machine deleted it, and may have made it anew
                self._opened.pop(there.name, None)
        return NOTHING

    def _all(self, generation: int | None = None) -> list[Any]:
        """List the Chroma collections that are ours."""
        there = self._client.list_collections()
        ours = [one for one in there if (one.metadata or {}).get("library") == self._library]
        return [one for one in ours if generation is None or one.metadata["generation"] == generation]

    def _name(self, generation: int, collection: str) -> str:
        """Name a Chroma collection; fewer characters will do there than in our names."""
        whole = f"{self._library}\n{generation}\n{collection}"
        return f"passages-{hashlib.sha256(whole.encode()).hexdigest()[:40]}"

    def _close(self) -> None:
        if self._system is not None:
            self._system.stop()
        self._client = self._system = None
        self._opened = {}


@contextmanager
def _translated(place: str) -> Iterator[None]:
    """Turn what Chroma raises into one line that says what to do."""
    from chromadb.errors import ChromaError
    from httpx import HTTPError

    try:
        yield
    except (ChromaError, HTTPError, OSError, ValueError) as error:
        text = str(error).splitlines()[0] if str(error) else type(error).__name__
        todo = "see that the server runs" if place.startswith("at ") else "run `python -m knowledge verify --repair`"
        raise IndexUnavailable(f"the index {place} cannot be used ({text}): {todo}") from error

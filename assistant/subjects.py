"""What the collections of documents are about, in few words, for the rail that keeps to it."""

import re
from collections.abc import Hashable, Iterator, Sequence
from typing import TypeVar

from knowledge.documents import Document
from knowledge.library import Library

_T = TypeVar("_T")

TEXTS = 400
"""How many texts stand for a collection at most."""
DOCUMENTS = 80
"""How many documents are looked into at most, spread evenly over the collection."""
FEWEST, MOST = 8, 40
"""Words of a text: shorter sentences are put together, longer ones are cut."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


class Subjects:
    """Reads them from the library, whoever may read the documents: what comes of it is a yes or no to a question."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def version(self, collection: str) -> Hashable:
        """Return something that changes with the documents of the collection."""
        return hash(tuple((document.id, document.digest) for document in self._ready(collection)))

    def texts(self, collection: str) -> Sequence[str]:
        """Return titles, headings and sentences."""
        documents = _spread(self._ready(collection), DOCUMENTS)
        each = max(3, TEXTS // max(1, len(documents)))
        found = [text for document in documents for text in (document.title, *_spread(self._of(document, each), each))]
        return _spread(list(dict.fromkeys(found)), TEXTS)

    def _of(self, document: Document, most: int) -> list[str]:
        found = []
        for passage in _spread(self._library.passages(document.id), most):
            if heading := (passage.location.heading or "").split(" > ")[-1]:
                found.append(f"{document.title}: {heading}")
            found += _sentences(passage.text)
        return list(dict.fromkeys(found))

    def _ready(self, collection: str) -> list[Document]:
        return [document for document in self._library.documents([collection]) if document.state == "ready"]


def _sentences(text: str) -> Iterator[str]:
    words: list[str] = []
    for sentence in _SENTENCE_END.split(text):
        words += sentence.split()
        if len(words) >= FEWEST:
            yield " ".join(words[:MOST])
            words = []
    if words:
        yield " ".join(words[:MOST])


def _spread(items: Sequence[_T], most: int) -> list[_T]:
    """Return at most so many items, evenly spread."""
    return [items[at * len(items) // most] for at in range(most)] if len(items) > most else list(items)

"""The library as one user may see it: every way to a document leads through here."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from knowledge.contents import unknown
from knowledge.documents import Anchor, Collection, Document, Findings, Passage

if TYPE_CHECKING:
    from knowledge.library import Library


class Reader:
    """Searches and shows what a user may read; what they may not is to them as if it were not there."""

    def __init__(self, library: "Library", user: str | None) -> None:
        self._library = library
        self.user = user
        """None is whoever runs this machine, who may read everything."""

    def find(self, question: str, **how: Any) -> Findings:
        """Search as `Library.find` does, in what the user may read."""
        return self._library.find(question, user=self.user, **how)

    def search(self, question: str, k: int | None = None, collections: Sequence[str] | None = None) -> list[Passage]:
        """Return the passages that answer a question best, best first."""
        return self.find(question, k=k, collections=collections).passages

    def collections(self) -> list[Collection]:
        """List the collections that the user may read."""
        return [collection for collection in self._library.collections() if collection.readable(self.user)]

    def documents(self, collection: str | None = None) -> list[Document]:
        """List the documents that the user may read, oldest first."""
        names = [c.name for c in self.collections() if collection in (None, c.name)]
        return self._library.documents(names)

    def document(self, document_id: str) -> Document:
        """Return one document.

        Raises:
            BadInput: there is none of this id that the user may read.
        """
        document = self._library.document(document_id)
        if document.collection not in {collection.name for collection in self.collections()}:
            raise unknown(document_id)
        return document

    def text(self, document_id: str) -> str:
        """Return the whole text of a document, which its passages point into.

        Raises:
            BadInput: there is none of this id that the user may read.
        """
        return self._library.text(self.document(document_id).id)

    def passages(self, document_id: str) -> list[Passage]:
        """Return the passages of a document in order.

        Raises:
            BadInput: there is none of this id that the user may read.
        """
        return self._library.passages(self.document(document_id).id)

    def anchors(self, document_id: str) -> Sequence[Anchor]:
        """Return where the lines of a document stood in its file.

        Raises:
            BadInput: there is none of this id that the user may read.
        """
        return self._library.anchors(self.document(document_id).id)

    def original(self, document_id: str) -> tuple[str, bytes]:
        """Return the name and the bytes of the file as it was added.

        Raises:
            BadInput: there is none of this id that the user may read, or its bytes were not kept.
        """
        return self._library.original(self.document(document_id).id)

    def page_picture(self, document_id: str, page: int, start: int, end: int) -> bytes:
        """Return a page of a PDF or a scan as PNG, with the boxes of the text from `start` to `end` drawn on it.

        Raises:
            BadInput: there is no such document or page, or the file is no PDF or picture.
        """
        boxes = [a.box for a in self.anchors(document_id) if a.box and a.end > start and a.start < end]
        return self._library.page_picture(document_id, page, boxes)

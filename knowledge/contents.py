"""What lies in a library, as it is stored: collections, documents, their text, passages and files."""

from collections.abc import Sequence
from pathlib import Path

from knowledge.catalogue.catalogue import Catalogue
from knowledge.catalogue.rows import Stored
from knowledge.documents import Anchor, Box, Collection, Document, Passage
from knowledge.errors import BadInput
from knowledge.loaders.workers import Workers


class Contents:
    """Shows everything to whoever runs this machine; users look through a `Reader`."""

    _catalogue: Catalogue
    _originals: Path
    _drawing: Workers

    def collections(self) -> list[Collection]:
        """List all collections."""
        return self._catalogue.collections()

    def documents(self, collections: Sequence[str] | None = None) -> list[Document]:
        """List the documents, those that are being read, quarantined or failed too, oldest first."""
        return self._catalogue.documents(collections)

    def document(self, document_id: str) -> Document:
        """Return one document.

        Raises:
            BadInput: there is no document of this id.
        """
        document = self._catalogue.document(document_id)
        if document is None:
            raise unknown(document_id)
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

    def anchors(self, document_id: str) -> Sequence[Anchor]:
        """Return where the lines of a document stood in its file."""
        return self._catalogue.anchors(document_id)

    def original(self, document_id: str) -> tuple[str, bytes]:
        """Return the name and the bytes of a file as it was added.

        Raises:
            BadInput: there is no document of this id, or its bytes were not kept.
        """
        document = self.document(document_id)
        try:
            return Path(document.source).name, self._file(document_id).read_bytes()
        except OSError as error:
            raise BadInput(f"the file of {document.title!r} was not kept: add it again") from error

    def page_picture(self, document_id: str, page: int, boxes: Sequence[Box]) -> bytes:
        """Return a page of a PDF or a scan as PNG, with boxes drawn on it; it is drawn in a process of its own.

        Raises:
            BadInput: there is no such document or page, or the file is no PDF or picture.
        """
        document = self.document(document_id)
        file = self._file(document_id)
        if not file.is_file():
            raise BadInput(f"the file of {document.title!r} was not kept: add it again")
        return self._drawing.draw(file, page, boxes)

    def stored(self, document_id: str) -> list[Stored]:
        """Return the passages of a document with what they were embedded by."""
        return self._catalogue.passages(document_id)

    def _file(self, document_id: str) -> Path:
        return self._originals / (self._catalogue.file(document_id) or "missing")


def unknown(document_id: str) -> BadInput:
    """Say that there is no such document: the same words where there is one that may not be read."""
    return BadInput(f"there is no document {document_id!r}: `python -m knowledge list` shows the ids")

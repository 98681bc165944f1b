"""The library as LangChain's retriever, for programs that are built of chains."""

from typing import TYPE_CHECKING

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

if TYPE_CHECKING:
    from knowledge.documents import Passage
    from knowledge.reader import Reader


class LibraryRetriever(BaseRetriever):
    """Finds passages for a chain; nothing is found where the documents come too far from the question.

    Example:
        retriever = LibraryRetriever(reader=library.reader("anna"), k=4)
        documents = retriever.invoke("How long is parental leave?")
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    reader: object
    """A `knowledge.reader.Reader`: what its user may not read is never found."""
    k: int | None = None
    """How many at most; by default as the settings say."""
    collections: list[str] | None = None
    """Where to look; by default everywhere."""
    abstain: bool = True
    """Whether to find nothing below the relevance threshold."""

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        reader: Reader = self.reader  # type: ignore[assignment]
        found = reader.find(query, k=self.k, collections=self.collections)
        if self.abstain and not found.answerable:
            return []
        return [_document(passage) for passage in found.passages]


def _document(passage: "Passage") -> Document:
    """Return a passage with all that a citation needs."""
    return Document(
        id=passage.id,
        page_content=passage.text,
        metadata={
            "document_id": passage.document_id,
            "title": passage.title,
            "location": passage.location.as_json(),
            "start": passage.start,
            "end": passage.end,
            "score": passage.score,
        },
    )

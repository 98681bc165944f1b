"""The library in LangChain's chains."""

from langchain_core.runnables import RunnableLambda

from knowledge.retriever import LibraryRetriever


def test_a_chain_gets_passages_with_all_that_a_citation_needs(library, handbook):
    document = library.add(handbook)
    chain = LibraryRetriever(reader=library.reader(), k=1) | RunnableLambda(lambda found: found[0])

    found = chain.invoke("How many weeks of parental leave are there?")

    text = library.text(document.id)
    assert text[found.metadata["start"] : found.metadata["end"]] == found.page_content
    assert found.metadata["location"] == {"heading": "Leave > Parental leave"}


def test_a_question_that_the_documents_come_nowhere_near_finds_nothing(library, handbook):
    library.add(handbook)

    assert LibraryRetriever(reader=library.reader()).invoke("Which moons of Jupiter have volcanoes?") == []

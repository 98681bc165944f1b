import json
from pathlib import Path

import pytest

from assistant.guardrails.domain import Domain, Purpose
from assistant.guardrails.encoder import Encoder as Remembering
from assistant.guardrails.rails import Context
from assistant.samples.make import HANDBOOK
from assistant.subjects import MOST, TEXTS, Subjects
from knowledge.embeddings import EMBEDDED, Encoder
from knowledge.library import Library
from knowledge.settings import KnowledgeSettings

DOCUMENTS = ("leave.md", "working-hours.md", "training.md")
INPUT = Context("input")


@pytest.fixture(scope="module")
def encoder():
    return Encoder(EMBEDDED)


@pytest.fixture(scope="module")
def library(encoder, tmp_path_factory):
    opened = Library(KnowledgeSettings(home=tmp_path_factory.mktemp("home")), encoder)
    for name in DOCUMENTS:
        opened.add(HANDBOOK / name, "handbook")
    yield opened
    opened.close()


def questions() -> list[str]:
    lines = (HANDBOOK.parent / "questions.jsonl").read_text(encoding="utf-8").split("\n")
    return [row["question"] for row in map(json.loads, filter(None, lines)) if row["document"] in DOCUMENTS]


def test_titles_headings_and_sentences_stand_for_a_collection(library):
    texts = Subjects(library).texts("handbook")
    assert library.documents()[0].title in texts
    assert any("27 days of paid annual leave" in text for text in texts)
    assert len(texts) <= TEXTS
    assert max(len(text.split()) for text in texts) <= MOST + 8


def test_a_collection_that_is_not_there_has_no_subjects(library):
    assert list(Subjects(library).texts("nowhere")) == []


def test_the_version_changes_with_the_documents(library, tmp_path):
    before = Subjects(library).version("handbook")
    assert Subjects(library).version("handbook") == before
    more = Path(tmp_path / "more.md")
    more.write_text("# Bicycles\n\nThe company leases bicycles to all employees.", encoding="utf-8")
    added = library.add(more, "handbook")
    assert Subjects(library).version("handbook") != before
    library.remove(added.id)
    assert Subjects(library).version("handbook") == before


def test_questions_on_a_collection_pass_and_others_are_declined(library, encoder):
    reading = Remembering(encoder.embed_stretches)
    rail = Domain(reading, Purpose(collection="handbook"), subjects=Subjects(library))
    declined = [text for text in questions() if rail(text, INPUT).action != "allow"]
    assert len(declined) <= 1, declined
    elsewhere = (
        "Which stars make up Orion?",
        "Write a poem about the sea",
        "How do I bake sourdough bread?",
        "Who won the football world cup in 1998?",
        "Why does my parrot not talk?",
        "Translate good night into Italian",
    )
    assert [text for text in elsewhere if rail(text, INPUT).action == "allow"] == []
    assert rail("Hello, who are you?", INPUT).action == "allow"

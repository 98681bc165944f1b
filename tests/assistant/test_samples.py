import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from assistant.samples.make import FORMATS, HANDBOOK, make, read_blocks
from assistant.samples.pdf import write_pdf
from knowledge.loaders.formats import load

DOCUMENTS = sorted(HANDBOOK.iterdir())
ROWS = [json.loads(line) for line in HANDBOOK.with_name("questions.jsonl").read_text(encoding="utf-8").splitlines()]
ANSWERABLE = [row for row in ROWS if row["document"]]


@cache
def loaded(path: Path) -> str:
    """The text of a document as the knowledge base reads it, with white space folded: a PDF breaks lines elsewhere."""
    return " ".join(load(path.name, path.read_bytes()).text.split())


def test_the_handbook_has_ten_documents_in_four_formats():
    assert Counter(path.suffix for path in DOCUMENTS) == {".md": 4, ".html": 2, ".docx": 2, ".pdf": 2}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_each_document_is_short_enough_to_read_and_long_enough_to_ask_about(path):
    assert 250 <= len(loaded(path).split()) <= 500


def test_forty_eight_questions_are_spread_over_all_documents_and_twenty_two_have_no_answer():
    asked = Counter(row["document"] for row in ANSWERABLE)
    assert (len(ANSWERABLE), len(ROWS) - len(ANSWERABLE)) == (48, 22)
    assert set(asked) == {path.name for path in DOCUMENTS}
    assert set(asked.values()) == {4, 5}
    assert len({row["question"] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ANSWERABLE, ids=lambda row: row["question"])
def test_the_sentence_that_holds_an_answer_stands_once_in_its_document_and_nowhere_else(row):
    found = {path.name: loaded(path).count(row["sentence"]) for path in DOCUMENTS}
    assert {name: count for name, count in found.items() if count} == {row["document"]: 1}
    assert all(answer in row["sentence"] for answer in row["answers"])


def test_an_unanswerable_question_has_no_answers():
    assert all(row["answers"] == [] for row in ROWS if row["document"] is None)


def test_making_the_documents_again_gives_the_texts_of_the_handbook(tmp_path):
    made = make(tmp_path)
    assert {path.name for path in made} == {path.name for path in DOCUMENTS if path.suffix != ".md"}
    for path in made:
        assert loaded(path) == loaded(HANDBOOK / path.name), path.name


def test_making_the_documents_twice_gives_the_same_bytes(tmp_path):
    once, again = make(tmp_path / "once"), make(tmp_path / "again")
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in again]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_each_document_gives_its_title_and_its_headings_below_it(path):
    content = load(path.name, path.read_bytes())
    below = [section.headings for section in content.sections if len(section.headings) == 2]
    assert len(below) >= 4
    assert {headings[0] for headings in below} == {content.title}


def test_each_pdf_has_words_on_two_pages():
    for path in (path for path in DOCUMENTS if path.suffix == ".pdf"):
        assert {section.place.page for section in load(path.name, path.read_bytes()).sections} == {1, 2}


def test_a_word_document_has_heading_styles_and_a_table():
    import docx

    for name in (name for name, form in FORMATS.items() if form == "docx"):
        document = docx.Document(str(HANDBOOK / f"{name}.docx"))
        styles = Counter(paragraph.style.name for paragraph in document.paragraphs)
        assert styles["Heading 1"] == 1
        assert styles["Heading 2"] >= 4
        assert len(document.tables) == 1


def test_a_source_is_read_block_by_block():
    source = "# Title\n\nTwo lines\nof text.\n\n- one\n- two\n  more\n\n| a | b |\n| --- | --- |\n| c | d |\n\n---\n"
    kinds = [(block.kind, block.level, block.text, block.rows) for block in read_blocks(source)]
    assert kinds == [
        ("heading", 1, "Title", ()),
        ("paragraph", 0, "Two lines of text.", ()),
        ("item", 0, "one", ()),
        ("item", 0, "two more", ()),
        ("table", 0, "", (("a", "b"), ("c", "d"))),
        ("break", 0, "", ()),
    ]


def test_a_page_of_a_pdf_that_would_run_over_is_refused():
    with pytest.raises(ValueError, match="too long"):
        write_pdf("Long", [[(0, "word " * 3000)]])
